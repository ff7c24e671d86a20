package io.fjord.runtime;

import org.jspecify.annotations.Nullable;

/** Who makes a call, as the control plane says; the call itself cannot say it. */
public final class Caller {

    private final String actor;
    private final @Nullable String token;
    private final boolean service;

    private Caller(String actor, @Nullable String token, boolean service) {
        this.actor = actor;
        this.token = token;
        this.service = service;
    }

    /** @param token what was shown, or is shown for them, and what their session shows at the catalog */
    static Caller of(String actor, @Nullable String token) {
        return new Caller(actor, token, false);
    }

    /** One of Fjord's own services, for itself: it may end statements and start none. */
    static Caller service() {
        return new Caller("service:control-plane", null, true);
    }

    /** For instance {@code user:alice}. */
    public String actor() {
        return actor;
    }

    @Nullable
    String token() {
        return token;
    }

    public boolean isService() {
        return service;
    }

    /** Whether a session is theirs. */
    public boolean owns(SessionOwner owner) {
        return !service && actor.equals(owner.actor());
    }

    @Override
    public String toString() {
        return actor;
    }
}
