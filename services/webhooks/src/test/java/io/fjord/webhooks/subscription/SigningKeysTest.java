package io.fjord.webhooks.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import io.fjord.contract.webhooks.subscription.Signatures;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is signed here verifies elsewhere. */
class SigningKeysTest {

    private static final byte[] BODY = "{\"name\":\"prod-1\"}".getBytes(StandardCharsets.UTF_8);

    private static Map<String, List<String>> headers(String id, long timestamp, String signatures) {
        return Map.of(
                "webhook-id", List.of(id),
                "webhook-timestamp", List.of(Long.toString(timestamp)),
                "webhook-signature", List.of(signatures));
    }

    @Test
    void the_official_library_verifies_v1_and_notices_a_changed_body() throws Exception {
        SigningKeys keys = SigningKeys.make(null);
        long now = Instant.now().getEpochSecond();
        String signature = String.join(" ", keys.sign(Signatures.BOTH, "event_subscription", now, BODY));
        Webhook webhook = new Webhook(keys.secret());
        webhook.verify(new String(BODY, StandardCharsets.UTF_8), headers("event_subscription", now, signature));
        assertThatThrownBy(() -> webhook.verify("{}", headers("event_subscription", now, signature)))
                .isInstanceOf(WebhookVerificationException.class);
        assertThatThrownBy(() ->
                        webhook.verify(new String(BODY, StandardCharsets.UTF_8), headers("another", now, signature)))
                .isInstanceOf(WebhookVerificationException.class);
    }

    @Test
    void the_example_of_the_specification_comes_out_the_same() {
        SigningKeys keys = SigningKeys.make("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        assertThat(keys.sign(
                        Signatures.SYMMETRIC,
                        "msg_p5jXN8AQM9LWM0D4loKWxJek",
                        1614265330,
                        "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8)))
                .containsExactly("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void anybody_verifies_v1a_with_the_public_key() throws Exception {
        SigningKeys keys = SigningKeys.make(null);
        String signature = keys.sign(Signatures.ASYMMETRIC, "id", 1, BODY).get(0);
        assertThat(signature).startsWith("v1a,");
        byte[] raw = Base64.getDecoder().decode(keys.publicKey().substring("whpk_".length()));
        assertThat(raw).hasSize(32);
        byte[] prefix = HexFormat.of().parseHex("302a300506032b6570032100");
        byte[] encoded = new byte[prefix.length + raw.length];
        System.arraycopy(prefix, 0, encoded, 0, prefix.length);
        System.arraycopy(raw, 0, encoded, prefix.length, raw.length);
        PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
        Signature verifier = Signature.getInstance("Ed25519");
        verifier.initVerify(key);
        verifier.update("id.1.".getBytes(StandardCharsets.UTF_8));
        verifier.update(BODY);
        assertThat(verifier.verify(Base64.getDecoder().decode(signature.substring("v1a,".length()))))
                .isTrue();
    }

    @Test
    void keys_stay_themselves_through_the_vault_and_hide_from_logs() {
        SigningKeys keys = SigningKeys.make(null);
        SigningKeys again = SigningKeys.read(new String(keys.forVault(), StandardCharsets.UTF_8));
        assertThat(again.sign(Signatures.BOTH, "id", 1, BODY)).isEqualTo(keys.sign(Signatures.BOTH, "id", 1, BODY));
        assertThat(keys.toString()).doesNotContain(keys.secret().substring(6));
        assertThat(SigningKeys.fault("whsec_AAAA")).isPresent();
        assertThat(SigningKeys.fault("secret")).isPresent();
        assertThat(SigningKeys.fault(keys.secret())).isEmpty();
    }
}
