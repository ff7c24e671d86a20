package io.fjord.runtime;

import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.apache.spark.sql.classic.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * A statement while it runs: every Spark job it starts carries its id, and cancelling it ends them.
 *
 * <p>Its work may come in pieces and on several threads, one after the other: planning on one, each fetch on another.
 */
public final class RunningStatement implements AutoCloseable {

    private static final int DESCRIPTION_LENGTH = 200;

    private final String id;
    private final String description;
    private final SparkSession session;
    private final SessionOwner owner;
    private final Statements statements;
    // Ids may come back (a client that tries again); cancelled job groups must not.
    private final String group = "fjord-" + UUID.randomUUID();
    private final Object lock = new Object();
    private @Nullable Thread worker;
    private @Nullable String cancelledBecause;
    private boolean revoked;
    private boolean closed;

    RunningStatement(String id, String text, SparkSession session, SessionOwner owner, Statements statements) {
        this.id = id;
        this.description = text.length() > DESCRIPTION_LENGTH ? text.substring(0, DESCRIPTION_LENGTH) + "…" : text;
        this.session = session;
        this.owner = owner;
        this.statements = statements;
    }

    public String id() {
        return id;
    }

    /** What Spark knows its jobs by. */
    String group() {
        return group;
    }

    public SparkSession session() {
        return session;
    }

    SessionOwner owner() {
        return owner;
    }

    /** Runs a piece of the statement on this thread; a cancelled statement throws {@link CancellationException}. */
    public <T> T call(Callable<T> work) throws Exception {
        enter();
        try {
            return work.call();
        } catch (Exception e) {
            throw cancelledOr(e);
        } finally {
            leave();
        }
    }

    private void enter() {
        synchronized (lock) {
            refuseIfCancelled();
            if (worker != null) {
                throw new IllegalStateException("This statement is busy: wait for the fetch that runs.");
            }
            worker = Thread.currentThread();
        }
        var context = session.sparkContext();
        SparkSession.setActiveSession(session);
        owner.begin();
        context.setJobGroup(group, description, true);
        context.addJobTag(id);
    }

    private void leave() {
        var context = session.sparkContext();
        context.clearJobGroup();
        context.clearJobTags();
        SparkSession.clearActiveSession();
        SessionOwner.end();
        synchronized (lock) {
            worker = null;
            // An interrupt meant for this piece must not hit the thread's next work.
            if (cancelledBecause != null) {
                Thread.interrupted();
            }
        }
        statements.touched();
    }

    private Exception cancelledOr(Exception failure) {
        synchronized (lock) {
            if (cancelledBecause != null) {
                var cancelled = cancelled(cancelledBecause);
                cancelled.addSuppressed(failure);
                return cancelled;
            }
        }
        return failure;
    }

    private void refuseIfCancelled() {
        if (cancelledBecause != null) {
            throw cancelled(cancelledBecause);
        }
    }

    private CancellationException cancelled(String because) {
        return revoked ? new AccessEnded(because) : new CancellationException(because);
    }

    /** It was cancelled because its owner may not use the cluster any more. */
    public static final class AccessEnded extends CancellationException {
        private static final long serialVersionUID = 1L;

        AccessEnded(String because) {
            super(because);
        }
    }

    /** Ends its jobs, those that run and those it would still start. Harmless twice. */
    public void cancel(String because) {
        cancel(because, false);
    }

    /** Cancels it because its owner may not use the cluster any more. */
    void revoke(String because) {
        cancel(because, true);
    }

    private void cancel(String because, boolean accessEnded) {
        synchronized (lock) {
            if (cancelledBecause != null || closed) {
                return;
            }
            cancelledBecause = because;
            revoked = accessEnded;
            if (worker != null) {
                worker.interrupt();
            }
        }
        session.sparkContext().cancelJobGroupAndFutureJobs(group, because);
    }

    public boolean isCancelled() {
        synchronized (lock) {
            return cancelledBecause != null;
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
        }
        statements.ended(this);
    }
}
