package io.fjord.runtime;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one place that says who a caller is: Spark Connect, HiveServer2, Flight SQL and the control calls all ask here.
 *
 * <p>For now whoever knows the cluster's secret is let in, under the name they give themselves. Real identity (tokens of
 * users and service accounts) replaces the body of {@link #authenticate} and nothing else.
 */
public final class CallerAuthentication {

    private static final String UNNAMED = "cluster";

    private final byte[] secret;

    public CallerAuthentication(String secret) {
        this.secret = secret.getBytes(StandardCharsets.UTF_8);
    }

    /** Reads the value of an {@code Authorization} header: {@code Bearer <secret>}, or Basic with the secret as password. */
    public Optional<Caller> authenticate(@Nullable String authorization) {
        if (authorization == null) {
            return Optional.empty();
        }
        var space = authorization.indexOf(' ');
        var scheme = space < 0 ? authorization : authorization.substring(0, space);
        var credential = space < 0 ? "" : authorization.substring(space + 1).trim();
        if (scheme.equalsIgnoreCase("Bearer")) {
            return isSecret(credential) ? Optional.of(new Caller(UNNAMED)) : Optional.empty();
        }
        if (scheme.equalsIgnoreCase("Basic")) {
            return basic(credential);
        }
        return Optional.empty();
    }

    private Optional<Caller> basic(String credential) {
        String decoded;
        try {
            decoded = new String(Base64.getDecoder().decode(credential), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        var colon = decoded.indexOf(':');
        if (colon < 0 || !isSecret(decoded.substring(colon + 1))) {
            return Optional.empty();
        }
        var name = decoded.substring(0, colon);
        return Optional.of(new Caller(name.isBlank() ? UNNAMED : name));
    }

    private boolean isSecret(String presented) {
        return MessageDigest.isEqual(secret, presented.getBytes(StandardCharsets.UTF_8));
    }
}
