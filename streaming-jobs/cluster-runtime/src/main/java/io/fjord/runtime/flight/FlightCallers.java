package io.fjord.runtime.flight;

import io.fjord.runtime.Caller;
import io.fjord.runtime.CallerAuthentication;
import io.fjord.runtime.CallerRefused;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallInfo;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightProducer;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightServerMiddleware;
import org.apache.arrow.flight.RequestContext;
import org.jspecify.annotations.Nullable;

/** Asks {@link CallerAuthentication} about every Flight call, and keeps who makes it. */
final class FlightCallers implements FlightServerMiddleware.Factory<FlightCallers.Known> {

    static final FlightServerMiddleware.Key<Known> KEY = FlightServerMiddleware.Key.of("fjord-caller");
    /** Whom a service acts for, and their token; heard from who shows the cluster's secret alone. */
    static final String ACTOR = "fjord-actor";

    static final String ACTOR_TOKEN = "fjord-actor-token";

    private static final String AUTHORIZATION = "Authorization";

    private final CallerAuthentication authentication;

    FlightCallers(CallerAuthentication authentication) {
        this.authentication = authentication;
    }

    @Override
    public Known onCallStarted(CallInfo info, CallHeaders incoming, RequestContext context) {
        var authorization = incoming.get(AUTHORIZATION);
        try {
            var caller = authentication.clientOrService(authorization, incoming.get(ACTOR), incoming.get(ACTOR_TOKEN));
            return new Known(caller, CallerAuthentication.bearerAfterBasic(authorization));
        } catch (CallerRefused e) {
            throw refused(e);
        }
    }

    static Caller of(FlightProducer.CallContext call) {
        return call.getMiddleware(KEY).caller();
    }

    private static FlightRuntimeException refused(CallerRefused refused) {
        var status = switch (refused.reason()) {
            case UNKNOWN -> CallStatus.UNAUTHENTICATED;
            case DENIED -> CallStatus.UNAUTHORIZED;
            case UNDECIDED -> CallStatus.UNAVAILABLE;
        };
        return status.withDescription(refused.words()).toRuntimeException();
    }

    /** The caller of one call. */
    record Known(Caller caller, @Nullable String bearer) implements FlightServerMiddleware {

        /**
         * Drivers that log in with a password go on with the bearer token of the answer. It is the password they sent: so no
         * table of tokens has to be kept, and a driver outlives a restart of the cluster.
         */
        @Override
        public void onBeforeSendingHeaders(CallHeaders outgoing) {
            if (bearer != null) {
                outgoing.insert(AUTHORIZATION, bearer);
            }
        }

        @Override
        public void onCallCompleted(CallStatus status) {}

        @Override
        public void onCallErrored(Throwable error) {}

        /** Without the token. */
        @Override
        public String toString() {
            return caller.toString();
        }
    }
}
