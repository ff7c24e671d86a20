package io.fjord.runtime;

import org.apache.spark.sql.catalyst.CurrentUserContext;
import org.jspecify.annotations.Nullable;

/**
 * Whose a Spark session is: what {@code current_user()} says in it, and the newest token they showed, which it shows at the
 * catalog. It is nowhere in Spark's configuration, so no SET reads or changes it.
 */
public final class SessionOwner {

    /** Threads that Spark starts for a call (Spark Connect's do the work) begin with their starter's. */
    private static final InheritableThreadLocal<@Nullable SessionOwner> CURRENT = new InheritableThreadLocal<>();

    private final String actor;
    private volatile @Nullable String token;

    public SessionOwner(Caller caller) {
        this.actor = caller.actor();
        this.token = caller.token();
    }

    public String actor() {
        return actor;
    }

    @Nullable
    String token() {
        return token;
    }

    /** Another call of theirs: from now on its token is shown. */
    public void called(Caller caller) {
        if (caller.token() != null && caller.owns(this)) {
            token = caller.token();
        }
    }

    /** From here on this thread works for them, until {@link #end}. */
    void begin() {
        CURRENT.set(this);
        CurrentUserContext.CURRENT_USER().set(actor);
    }

    /** The thread works for nobody; also if it was started by one that worked for somebody. */
    static void end() {
        CURRENT.remove();
        CurrentUserContext.CURRENT_USER().remove();
    }

    /** For whom this thread works. */
    static @Nullable SessionOwner current() {
        return CURRENT.get();
    }
}
