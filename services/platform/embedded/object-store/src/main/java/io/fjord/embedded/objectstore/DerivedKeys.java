package io.fjord.embedded.objectstore;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.gaul.s3proxy.AccessGrant;
import org.gaul.s3proxy.BlobStoreLocator;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.jspecify.annotations.Nullable;

/**
 * Keys that say themselves what they are for: {@code FJ} and, in base64url, {@code <expiry, seconds>|<r or w>|<bucket/folder/>}.
 * Their secret is the HMAC-SHA256 of that under the secret of the store, so that the store checks them without having been told
 * of them. The catalog gives them out.
 */
final class DerivedKeys implements BlobStoreLocator {

    private static final String MARK = "FJ";

    /** Begun and not ended; those given up stay among them until as many others were begun. */
    private static final int MOST_UPLOADS = 100_000;

    private final String identity;
    private final String secret;
    private final BlobStore files;

    /** Of this process: an upload that was begun before a restart is begun again by its client. */
    private final Map<String, String> uploads = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST_UPLOADS;
        }
    });

    DerivedKeys(String identity, String secret, BlobStore files) {
        this.identity = identity;
        this.secret = secret;
        this.files = files;
    }

    /** @return null for a key nobody gave out, or whose time has passed */
    @Override
    public @Nullable AccessGrant locateBlobStore(@Nullable String key, @Nullable String bucket, @Nullable String name) {
        if (identity.equals(key)) {
            return new AccessGrant(secret, files);
        }
        if (key == null || !key.startsWith(MARK)) {
            return null;
        }
        String[] parts;
        try {
            parts = new String(Base64.getUrlDecoder().decode(key.substring(MARK.length())), StandardCharsets.UTF_8)
                    .split("\\|", 3);
        } catch (IllegalArgumentException e) {
            return null;
        }
        if (parts.length < 3
                || !parts[2].endsWith("/")
                || !parts[0].matches("[0-9]{1,12}")
                || Instant.now().getEpochSecond() >= Long.parseLong(parts[0])) {
            return null;
        }
        return new AccessGrant(secretOf(key), new SomeFiles(files, parts[2], parts[1].equals("w"), uploads));
    }

    private String secretOf(String key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(mac.doFinal(key.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
