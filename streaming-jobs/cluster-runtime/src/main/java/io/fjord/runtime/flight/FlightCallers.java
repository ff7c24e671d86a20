package io.fjord.runtime.flight;

import io.fjord.runtime.CallerAuthentication;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.auth2.CallHeaderAuthenticator;
import org.jspecify.annotations.Nullable;

/** Asks {@link CallerAuthentication} about every Flight call. */
final class FlightCallers implements CallHeaderAuthenticator {

    private static final String AUTHORIZATION = "Authorization";

    private final CallerAuthentication authentication;

    FlightCallers(CallerAuthentication authentication) {
        this.authentication = authentication;
    }

    @Override
    public AuthResult authenticate(CallHeaders incoming) {
        var authorization = incoming.get(AUTHORIZATION);
        var caller = authentication
                .authenticate(authorization)
                .orElseThrow(() -> CallStatus.UNAUTHENTICATED
                        .withDescription("The credential is missing or wrong: send the cluster's secret"
                                + " as the password or as a bearer token.")
                        .toRuntimeException());
        var answer = bearer(authorization);
        return new AuthResult() {
            @Override
            public String getPeerIdentity() {
                return caller.name();
            }

            @Override
            public void appendToOutgoingHeaders(CallHeaders outgoing) {
                if (answer != null) {
                    outgoing.insert(AUTHORIZATION, answer);
                }
            }
        };
    }

    /**
     * Drivers that log in with a password go on with the bearer token of the answer. It is the password they sent: so no
     * table of tokens has to be kept, and a driver outlives a restart of the cluster.
     */
    private static @Nullable String bearer(@Nullable String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
            return null;
        }
        var decoded =
                new String(Base64.getDecoder().decode(authorization.substring(6).trim()), StandardCharsets.UTF_8);
        return "Bearer " + decoded.substring(decoded.indexOf(':') + 1);
    }
}
