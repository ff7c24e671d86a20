package io.fjord.iam.token;

import io.fjord.kernel.Ids;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes tokens out of what wished them, so that a retry yields the same one and none is kept. */
final class TokenValues {

    private static final String PREFIX = "fjord_pat_";
    private static final String ALGORITHM = "HmacSHA256";

    private final byte[] key;

    /** @param masterKey a key of its own is derived from it */
    TokenValues(byte[] masterKey) {
        this.key = hmac(masterKey, "personal access tokens");
    }

    /** @param actor part of it, so that nobody comes by another's token with the id of their command, which is no secret */
    String of(String commandId, String actor) {
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(hmac(key, commandId + "\n" + actor));
    }

    /** As it is kept and sent. */
    static String hash(String value) {
        return Ids.sha256(value.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] hmac(byte[] with, String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(with, ALGORITHM));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + " is part of every JDK", e);
        }
    }
}
