package io.fjord.platform.http;

import io.fjord.contract.Address;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a pipeline shows the catalog: it may read and write its own table, as far as its owner still may. It is good as long as the
 * operator's token, of which it is made, is the same.
 */
public final class PipelineTokens {

    static final String PREFIX = "fjord_pipeline_";

    private static final String ALGORITHM = "HmacSHA256";
    private static final String CATALOG = "/iceberg/";
    private static final Set<String> ACTIONS = Set.of("table:read", "table:write");

    private final SecretKeySpec key;

    /** @param secret the operator's token: who has it may do everything anyway */
    PipelineTokens(byte[] secret) {
        this.key = new SecretKeySpec(mac(new SecretKeySpec(secret, ALGORITHM), "the token of a pipeline"), ALGORITHM);
    }

    public static PipelineTokens of(String operatorToken) {
        return new PipelineTokens(operatorToken.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * @param owner as whom it writes
     * @param table where it writes
     */
    public String token(String owner, Address table) {
        String about = owner + "\n" + table;
        return PREFIX + text(about.getBytes(StandardCharsets.UTF_8)) + "." + text(mac(key, about));
    }

    /** As whom it writes; empty for one that is none of ours, or is shown where it opens nothing. */
    Optional<Actor> actor(String token, String path) {
        int dot = token.indexOf('.');
        if (dot < 0 || !path.startsWith(CATALOG)) {
            return Optional.empty();
        }
        try {
            String[] about = new String(
                            Base64.getUrlDecoder().decode(token.substring(PREFIX.length(), dot)),
                            StandardCharsets.UTF_8)
                    .split("\n", 2);
            if (about.length != 2) {
                return Optional.empty();
            }
            Address table = Address.parse(about[1]);
            boolean ours = MessageDigest.isEqual(
                    token(about[0], table).getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
            return ours
                    ? Optional.of(new Actor(about[0])
                            .limitedTo((action, resource) -> ACTIONS.contains(action) && resource.equals(table)))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] mac(SecretKeySpec with, String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(with);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java knows " + ALGORITHM, e);
        }
    }
}
