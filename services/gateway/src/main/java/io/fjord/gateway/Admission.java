package io.fjord.gateway;

import io.fjord.contract.Problem;
import io.fjord.platform.http.ProblemException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** Keeps each caller to the limits, with a token bucket and a count of what is under way; on one event loop. */
final class Admission {

    private static final double NANOS = 1e9;

    private final Limits limits;
    private final LongSupplier nanos;
    private final Map<String, Caller> callers = new HashMap<>();

    Admission(Limits limits, LongSupplier nanos) {
        this.limits = limits;
        this.nanos = nanos;
    }

    /** One request on its way; to be closed when it is answered. */
    interface Ticket extends AutoCloseable {

        /** Harmless the second time. */
        @Override
        void close();
    }

    private static final class Caller {
        private double tokens;
        private long filledAt;
        private int underWay;
    }

    /** @throws ProblemException with the limit and when to try again, if the caller has reached it */
    Ticket admit(String actor) {
        long now = nanos.getAsLong();
        Caller caller = callers.computeIfAbsent(actor, id -> {
            Caller first = new Caller();
            first.tokens = limits.burst();
            first.filledAt = now;
            return first;
        });
        fill(caller, now);
        if (caller.underWay >= limits.atOnce()) {
            throw tooManyAtOnce();
        }
        if (caller.tokens < 1) {
            throw tooManyPerSecond((1 - caller.tokens) / limits.perSecond());
        }
        caller.tokens--;
        caller.underWay++;
        return new Ticket() {
            private boolean closed;

            @Override
            public void close() {
                if (!closed) {
                    closed = true;
                    caller.underWay--;
                }
            }
        };
    }

    /** Forgets who has asked for nothing for so long that it makes no difference. */
    void forgetTheSilent() {
        long now = nanos.getAsLong();
        callers.values().removeIf(caller -> {
            fill(caller, now);
            return caller.underWay == 0 && caller.tokens >= limits.burst();
        });
    }

    int remembered() {
        return callers.size();
    }

    private void fill(Caller caller, long now) {
        double since = (now - caller.filledAt) / NANOS;
        caller.tokens = Math.min(limits.burst(), caller.tokens + since * limits.perSecond());
        caller.filledAt = now;
    }

    private ProblemException tooManyPerSecond(double seconds) {
        return refusal("You may send " + limits.perSecond() + " requests a second, " + limits.burst()
                        + " at one moment. Try again after the time in Retry-After.")
                .header("RateLimit-Limit", Integer.toString(limits.perSecond()))
                .retryAfter(Duration.ofMillis((long) Math.ceil(seconds * 1000)));
    }

    private ProblemException tooManyAtOnce() {
        return refusal("You may have " + limits.atOnce() + " requests and streams open at once, and have. Let some end"
                        + " first.")
                .header("RateLimit-Limit", Integer.toString(limits.atOnce()))
                .retryAfter(Duration.ofSeconds(1));
    }

    private static ProblemException refusal(String detail) {
        return new ProblemException(Problem.of("too-many-requests", 429, "Too many requests", detail));
    }
}
