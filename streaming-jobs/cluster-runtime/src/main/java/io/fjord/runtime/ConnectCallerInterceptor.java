package io.fjord.runtime;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.sparkproject.connect.grpc.Metadata;
import org.sparkproject.connect.grpc.ServerCall;
import org.sparkproject.connect.grpc.ServerCallHandler;
import org.sparkproject.connect.grpc.ServerInterceptor;
import org.sparkproject.connect.grpc.Status;

/**
 * Lets no Spark Connect call through before {@link CallerAuthentication} knows its caller.
 *
 * <p>Spark's own token check would keep the secret in the configuration, where every session can read it.
 */
public final class ConnectCallerInterceptor implements ServerInterceptor {

    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("Authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final AtomicReference<@Nullable CallerAuthentication> AUTHENTICATION = new AtomicReference<>();

    /** Spark makes interceptors by class name, so what this one asks is handed over before Connect starts. */
    static void authenticateWith(CallerAuthentication authentication) {
        AUTHENTICATION.set(authentication);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        var authentication = AUTHENTICATION.get();
        if (authentication != null
                && authentication.authenticate(headers.get(AUTHORIZATION)).isPresent()) {
            return next.startCall(call, headers);
        }
        call.close(
                Status.UNAUTHENTICATED.withDescription(
                        "The token is missing or wrong. Connect with sc://localhost:<port>/;token=<the cluster's secret>."),
                new Metadata());
        return new ServerCall.Listener<>() {};
    }
}
