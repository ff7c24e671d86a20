package io.fjord.catalog.iceberg;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.kernel.CrashPoint;
import io.fjord.kernel.GroupCommitter;
import io.fjord.kernel.GroupCommitter.Written;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.NewEvent;
import io.fjord.kernel.Refusal;
import io.fjord.kernel.Tx;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.ServiceUnavailableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a change of the catalog and its events into the journal, and says for certain whether it got there.
 *
 * <p>When the reply of a commit is lost, the change is made again. It waits for the locks of the first attempt, so by
 * the time it is refused the first one has ended; then the journal says whether that attempt landed, for its event ids are the
 * same in every attempt. Only a database that stays away leaves a commit in doubt.
 */
final class Commits {

    private static final Logger log = LoggerFactory.getLogger(Commits.class);
    private static final Duration PAUSE = Duration.ofMillis(200);

    /** Tells the group committer to go on without this one; why is kept in the attempt, as Iceberg's own exception. */
    private static final Refusal REFUSAL =
            new Refusal(Problem.of("catalog-change-refused", 409, "The change of the catalog was refused", ""));

    private final GroupCommitter committer;
    private final Metastore metastore;
    private final MessageTypes types;
    private final Duration patience;

    Commits(GroupCommitter committer, Metastore metastore, MessageTypes types, Duration patience) {
        this.committer = committer;
        this.metastore = metastore;
        this.types = types;
        this.patience = patience;
    }

    /** One change: writes its rows and names its events, or is refused before it has written anything. */
    @FunctionalInterface
    interface Change<T> {
        Future<T> make(Attempt attempt, Tx tx);
    }

    /** @param position the end of the journal just after it */
    record Done<T>(T answer, Position position) {}

    /** A change on its way; made again after a rollback, and after a reply that was lost. */
    final class Attempt {

        private final Caller caller;
        private final List<String> ids = new ArrayList<>();
        private final List<NewEvent> events = new ArrayList<>();
        private int runs;
        private boolean abandoned;
        private @Nullable RuntimeException no;
        private @Nullable Object answer;
        private @Nullable Address landmark;

        private Attempt(Caller caller) {
            this.caller = caller;
        }

        /** Tells of the change; always in the same order. */
        void tell(Address subject, long version, Object event) {
            tell(caller, subject, version, event);
        }

        /** Tells of what another caller changed; several are served at once. */
        synchronized void tell(Caller by, Address subject, long version, Object event) {
            if (ids.size() == events.size()) {
                ids.add(Ids.next());
            }
            if (landmark == null) {
                landmark = subject;
            }
            events.add(new NewEvent(
                    ids.get(events.size()),
                    types.typeOf(event),
                    subject,
                    version,
                    by.actor(),
                    by.correlationId(),
                    null,
                    null,
                    null,
                    null,
                    by.traceparent(),
                    Json.text(event)));
        }

        /** The change cannot be made. Nothing may have been written in this run. */
        synchronized <X> Future<X> refuse(RuntimeException because) {
            no = because;
            return Future.failedFuture(REFUSAL);
        }

        private synchronized <T> Future<Written<T>> run(Change<T> change, Tx tx) {
            if (abandoned) {
                return refuse(new IllegalStateException("nobody waits for it any more"));
            }
            runs++;
            no = null;
            events.clear();
            return change.make(this, tx).map(done -> {
                CrashPoint.WITHIN_CATALOG_COMMIT.here();
                synchronized (this) {
                    answer = done;
                    return new Written<>(done, List.copyOf(events));
                }
            });
        }

        /** @return whether it can have been written */
        private synchronized boolean abandon() {
            abandoned = true;
            return runs > 0;
        }

        private synchronized boolean ranMoreThanOnce() {
            return runs > 1;
        }

        @SuppressWarnings({"unchecked", "NullAway"}) // set by a change of that type; its answer may be no answer
        private synchronized <T> T answer() {
            return (T) answer;
        }

        private synchronized RuntimeException refusal() {
            return Objects.requireNonNull(no);
        }
    }

    /**
     * Makes the change and waits for it; only on a worker thread.
     *
     * @throws CommitStateUnknownException if the database does not say in time whether it was made
     * @throws RuntimeException what the change refused itself with: nothing was written
     */
    <T> Done<T> commit(Caller caller, Change<T> change) {
        return commit(caller, change, committer::commit);
    }

    /** Likewise, of a change that writes only rows no other one writes at the same time. */
    <T> Done<T> commitApart(Caller caller, Change<T> change) {
        return commit(caller, change, committer::commitApart);
    }

    private <T> Done<T> commit(
            Caller caller,
            Change<T> change,
            Function<Function<Tx, Future<Written<T>>>, Future<GroupCommitter.Committed<T>>> way) {
        Attempt attempt = new Attempt(caller);
        long deadline = System.nanoTime() + patience.toNanos();
        boolean inDoubt = false;
        while (true) {
            Throwable failure;
            try {
                var committed = await(way.apply(tx -> attempt.run(change, tx)), deadline - System.nanoTime());
                CrashPoint.BETWEEN_CATALOG_COMMIT_AND_REPLY.here();
                return new Done<>(committed.answer(), committed.position());
            } catch (ExecutionException e) {
                failure = Objects.requireNonNull(e.getCause());
            } catch (TimeoutException e) {
                if (attempt.abandon()) {
                    throw new CommitStateUnknownException("The metastore did not answer in time", e);
                }
                throw new ServiceUnavailableException(
                        e, "The metastore does not answer; nothing was changed. Try again");
            }
            if (failure instanceof Refusal) {
                if (attempt.ranMoreThanOnce()) {
                    // Perhaps because an earlier run has landed.
                    return landed(attempt, deadline);
                }
                throw attempt.refusal();
            }
            boolean passing = metastore.isTransient(failure);
            if (!passing && attempt.ranMoreThanOnce()) {
                // Told by the database itself, and told again: it will not be otherwise.
                throw inDoubt
                        ? new CommitStateUnknownException("The metastore failed while a commit was in doubt", failure)
                        : new IllegalStateException("The metastore refuses the change", failure);
            }
            inDoubt |= passing;
            if (System.nanoTime() + PAUSE.toNanos() > deadline) {
                throw new CommitStateUnknownException("The metastore did not answer in time", failure);
            }
            log.atWarn()
                    .addKeyValue("subject", attempt.landmark)
                    .setCause(failure)
                    .log("A commit is made again");
            pause();
        }
    }

    /** What became of the runs before the one that was refused. */
    private <T> Done<T> landed(Attempt attempt, long deadline) {
        Address subject = attempt.landmark;
        if (subject == null) {
            throw attempt.refusal();
        }
        while (true) {
            Throwable failure;
            try {
                boolean written = await(metastore.history(subject, null), deadline - System.nanoTime()).stream()
                        .anyMatch(event -> event.id().equals(attempt.ids.get(0)));
                if (!written) {
                    throw attempt.refusal();
                }
                log.atInfo().addKeyValue("subject", subject).log("A commit whose reply was lost has landed");
                return new Done<>(attempt.<T>answer(), await(metastore.position(), deadline - System.nanoTime()));
            } catch (ExecutionException | TimeoutException e) {
                failure = e;
            }
            if (System.nanoTime() + PAUSE.toNanos() > deadline) {
                throw new CommitStateUnknownException("The metastore does not tell whether a commit landed", failure);
            }
            pause();
        }
    }

    /** Waits for a read; only on a worker thread. */
    <T> T read(Future<T> future) {
        try {
            return await(future, patience.toNanos());
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            if (metastore.isTransient(cause)) {
                throw new ServiceUnavailableException(cause, "The metastore cannot be read at the moment. Try again");
            }
            throw new IllegalStateException("The metastore cannot be read", cause);
        } catch (TimeoutException e) {
            throw new ServiceUnavailableException(e, "The metastore does not answer. Try again");
        }
    }

    private static <T> T await(Future<T> future, long nanos) throws ExecutionException, TimeoutException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(Math.max(1, nanos), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TimeoutException("interrupted");
        }
    }

    private static void pause() {
        try {
            TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
