package io.fjord.catalog.iceberg;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keys for a folder of the platform's local store: the key says what it is for and until when, its secret is an HMAC of that
 * under the secret of the store, which checks both itself (module object-store).
 */
final class DerivedKeys {

    private final String secret;

    DerivedKeys(String secret) {
        this.secret = secret;
    }

    record Pair(String key, String secret) {}

    /**
     * @param folder {@code s3://bucket/folder/}
     * @param writable whether files can be written and deleted too
     */
    Pair of(String folder, boolean writable, Instant until) {
        String text = until.getEpochSecond() + (writable ? "|w|" : "|r|") + folder.replaceFirst("^s3a?://", "");
        String key = "FJ" + encoded(text.getBytes(StandardCharsets.UTF_8));
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return new Pair(key, encoded(mac.doFinal(key.getBytes(StandardCharsets.UTF_8))));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
