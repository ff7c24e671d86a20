package io.fjord.platform.http;

import io.fjord.contract.Address;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What the driver of a cluster shows when it tells lineage. Users' own code runs in that process, so the token opens those two
 * routes alone, for the domain of the cluster; it is good as long as the operator's token, of which it is made, is the same.
 */
public final class DriverTokens {

    static final String PREFIX = "fjord_driver_";

    private static final String ALGORITHM = "HmacSHA256";
    private static final String ACTION = "lineage:write";
    private static final Set<String> ROUTES = Set.of("/api/v1/lineage", "/api/v1/lineage/batch");

    private final SecretKeySpec key;

    /** @param secret the operator's token: who has it may do everything anyway */
    DriverTokens(byte[] secret) {
        this.key = new SecretKeySpec(mac(new SecretKeySpec(secret, ALGORITHM), "the token of a driver"), ALGORITHM);
    }

    public static DriverTokens of(String operatorToken) {
        return new DriverTokens(operatorToken.getBytes(StandardCharsets.UTF_8));
    }

    /** The token of the driver of a cluster. */
    public String token(Address cluster) {
        return PREFIX + text(cluster.toString().getBytes(StandardCharsets.UTF_8)) + "."
                + text(mac(key, cluster.toString()));
    }

    /** Whose it is; empty for one that is none of ours, or is shown where it opens nothing. */
    Optional<Actor> actor(String token, HttpMethod method, String path) {
        int dot = token.indexOf('.');
        if (dot < 0 || !method.equals(HttpMethod.POST) || !ROUTES.contains(path)) {
            return Optional.empty();
        }
        try {
            Address cluster = Address.parse(new String(
                    Base64.getUrlDecoder().decode(token.substring(PREFIX.length(), dot)), StandardCharsets.UTF_8));
            return MessageDigest.isEqual(
                            token(cluster).getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8))
                    ? Optional.of(new Actor("service:driver/" + cluster.domain() + "/" + cluster.name())
                            .limitedTo((action, resource) ->
                                    action.equals(ACTION) && resource.domain().equals(cluster.domain())))
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
