package io.fjord.runtime;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The one place that says who a caller is: Spark Connect, HiveServer2, Flight SQL and the control calls all ask here.
 *
 * <p>A client shows its token ({@code Authorization: Bearer}, or Basic with the token as password, whatever the user name) and
 * is who the control plane says. The cluster's secret is the credential of Fjord's own services: it makes nobody a user, and
 * is the only thing with which a call may name another one as the actor.
 */
public final class CallerAuthentication {

    private static final String HOW = "Send your token as a bearer token or as the password.";

    private final byte[] secret;
    private final AccessChecks checks;

    public CallerAuthentication(String secret, AccessChecks checks) {
        this.secret = secret.getBytes(StandardCharsets.UTF_8);
        this.checks = checks;
    }

    /** A client, known by its token. */
    public Caller client(@Nullable String authorization) {
        var token = shown(authorization);
        if (isSecret(token)) {
            // Never sent on: it would be told to whoever answers.
            throw CallerRefused.unknown("The cluster's secret is for Fjord's own services and names nobody. " + HOW);
        }
        return Caller.of(checks.actor(token), token);
    }

    /** One of Fjord's services, known by the cluster's secret. */
    public Caller service(@Nullable String authorization) {
        if (!isSecret(shown(authorization))) {
            throw CallerRefused.unknown("This takes the cluster's secret alone.");
        }
        return Caller.service();
    }

    /**
     * A client, or a service that acts for one.
     *
     * @param actor whom a service acts for; what a client says here is not heard
     * @param token that of the actor, so that their session can show it at the catalog
     */
    public Caller clientOrService(@Nullable String authorization, @Nullable String actor, @Nullable String token) {
        if (!isSecret(shown(authorization))) {
            return client(authorization);
        }
        if (actor == null || actor.isBlank()) {
            return Caller.service();
        }
        if (token != null && !actorOf(token, actor).equals(actor)) {
            throw CallerRefused.notTheirs(actor);
        }
        return Caller.of(actor, token);
    }

    /**
     * A token that ended while its statement waited is no fault of the service's own credential. And a service decided itself
     * when it took the statement: while nobody can be asked, its word is enough, and the catalog looks at the token anyway.
     */
    private String actorOf(String token, String actor) {
        try {
            return checks.actor(token);
        } catch (CallerRefused e) {
            return switch (e.reason()) {
                case UNKNOWN -> throw CallerRefused.ended(actor);
                case DENIED -> throw e;
                case UNDECIDED -> actor;
            };
        }
    }

    private static String shown(@Nullable String authorization) {
        var credential = credential(authorization);
        if (credential == null || credential.isEmpty()) {
            throw CallerRefused.unknown("The call shows no token. " + HOW);
        }
        return credential;
    }

    /** A bearer token, or the password of Basic. */
    static @Nullable String credential(@Nullable String authorization) {
        if (authorization == null) {
            return null;
        }
        var space = authorization.indexOf(' ');
        var scheme = space < 0 ? authorization : authorization.substring(0, space);
        var credential = space < 0 ? "" : authorization.substring(space + 1).trim();
        if (scheme.equalsIgnoreCase("Bearer")) {
            return credential;
        }
        if (!scheme.equalsIgnoreCase("Basic")) {
            return null;
        }
        try {
            var decoded = new String(Base64.getDecoder().decode(credential), StandardCharsets.UTF_8);
            var colon = decoded.indexOf(':');
            return colon < 0 ? null : decoded.substring(colon + 1);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** What a client that logged in with a password can go on with; null for one that did not. */
    public static @Nullable String bearerAfterBasic(@Nullable String authorization) {
        var credential = credential(authorization);
        return authorization == null || credential == null || !authorization.regionMatches(true, 0, "Basic ", 0, 6)
                ? null
                : "Bearer " + credential;
    }

    private boolean isSecret(String presented) {
        return MessageDigest.isEqual(secret, presented.getBytes(StandardCharsets.UTF_8));
    }
}
