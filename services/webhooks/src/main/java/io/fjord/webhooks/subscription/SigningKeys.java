package io.fjord.webhooks.subscription;

import io.fjord.codec.Json;
import io.fjord.contract.webhooks.subscription.Signatures;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What deliveries are signed with (Standard Webhooks 1.0): a shared secret for {@code v1} and an Ed25519 key for {@code v1a}. They
 * stay in the vault and in memory.
 */
public final class SigningKeys {

    private static final String SECRET = "whsec_";
    private static final String PUBLIC = "whpk_";
    private static final int SECRET_BYTES = 32;
    private static final int LEAST_BYTES = 24;
    private static final int MOST_BYTES = 64;
    private static final int RAW_PUBLIC_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Kept kept;

    /** Its key is set; it begins anew after each signature. */
    private final Mac mac;

    private final PrivateKey privateKey;

    /** As they lie in the vault. */
    private record Kept(String secret, String privateKey, String publicKey) {

        @Override
        public String toString() {
            return "Kept[hidden]";
        }
    }

    private SigningKeys(Kept kept) {
        this.kept = kept;
        try {
            this.mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(decoded(kept.secret().substring(SECRET.length())), "HmacSHA256"));
            this.privateKey = KeyFactory.getInstance("Ed25519")
                    .generatePrivate(new PKCS8EncodedKeySpec(decoded(kept.privateKey())));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Ed25519 is part of every JDK", e);
        }
    }

    /** @param secret the caller's own; null for a new one */
    static SigningKeys make(@Nullable String secret) {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] encoded = pair.getPublic().getEncoded();
            byte[] raw = Arrays.copyOfRange(encoded, encoded.length - RAW_PUBLIC_BYTES, encoded.length);
            byte[] random = new byte[SECRET_BYTES];
            RANDOM.nextBytes(random);
            return new SigningKeys(new Kept(
                    secret == null ? SECRET + encoded(random) : secret,
                    encoded(pair.getPrivate().getEncoded()),
                    PUBLIC + encoded(raw)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Ed25519 is part of every JDK", e);
        }
    }

    /** What is wrong with a secret somebody brings along; empty if nothing is. */
    static Optional<String> fault(String secret) {
        try {
            int length = secret.startsWith(SECRET) ? decoded(secret.substring(SECRET.length())).length : 0;
            if (length >= LEAST_BYTES && length <= MOST_BYTES) {
                return Optional.empty();
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        return Optional.of("must be " + SECRET + " and " + LEAST_BYTES + " to " + MOST_BYTES + " bytes in base64");
    }

    /** From the vault. */
    public static SigningKeys read(String text) {
        return new SigningKeys(Json.read(text, Kept.class));
    }

    /** For the vault. */
    byte[] forVault() {
        return Json.bytes(kept);
    }

    /** {@code whsec_…}; for who subscribes, once. */
    String secret() {
        return kept.secret();
    }

    /** {@code whpk_…}; for anybody. */
    public String publicKey() {
        return kept.publicKey();
    }

    /** The signatures of a delivery, as the header has them, without spaces between. */
    public List<String> sign(Signatures wanted, String webhookId, long timestamp, byte[] body) {
        byte[] head = (webhookId + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8);
        List<String> all = new ArrayList<>();
        try {
            if (wanted != Signatures.ASYMMETRIC) {
                synchronized (mac) {
                    mac.update(head);
                    all.add("v1," + encoded(mac.doFinal(body)));
                }
            }
            if (wanted != Signatures.SYMMETRIC) {
                Signature signature = Signature.getInstance("Ed25519");
                signature.initSign(privateKey);
                signature.update(head);
                signature.update(body);
                all.add("v1a," + encoded(signature.sign()));
            }
            return all;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HMAC-SHA256 and Ed25519 are part of every JDK", e);
        }
    }

    private static String encoded(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static byte[] decoded(String text) {
        return Base64.getDecoder().decode(text);
    }

    @Override
    public String toString() {
        return "SigningKeys[" + kept.publicKey() + "]";
    }
}
