package io.fjord.kernel;

import io.fjord.contract.Position;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/**
 * Commits synchronous actions of one process together: while one transaction is on its way to disk the next actions gather,
 * so that they share a commit and take the counter row once.
 *
 * <p>Each action works in the shared transaction in turn, but for those that say they stand apart. One that fails with a {@link Refusal} has written nothing and
 * just drops out; any other failure rolls the group back, and its members commit one by one, so that only the culprit fails.
 */
public final class GroupCommitter {

    private static final int MOST_AT_ONCE = 64;

    private final Metastore metastore;
    private final Clock clock;
    private final Deque<Waiting<?>> waiting = new ArrayDeque<>();
    private boolean busy;

    public GroupCommitter(Metastore metastore, Clock clock) {
        this.metastore = metastore;
        this.clock = clock;
    }

    /** What an action did: its answer, and the events that tell of it. */
    public record Written<T>(T answer, List<NewEvent> events) {}

    /** @param position the journal's end just after it */
    public record Committed<T>(T answer, Position position) {}

    private static final class Waiting<T> {
        final Function<Tx, Future<Written<T>>> action;
        final boolean apart;
        final Promise<Committed<T>> promise = Promise.promise();

        Waiting(Function<Tx, Future<Written<T>>> action, boolean apart) {
            this.action = action;
            this.apart = apart;
        }
    }

    /** Runs the action in a transaction shared with others; it may run again after a rollback. */
    public <T> Future<Committed<T>> commit(Function<Tx, Future<Written<T>>> action) {
        return commit(new Waiting<>(action, false));
    }

    /**
     * Likewise, for an action whose rows no other one at the same time writes: its statements are sent without waiting for those of
     * others, so that many of them take one round trip.
     */
    public <T> Future<Committed<T>> commitApart(Function<Tx, Future<Written<T>>> action) {
        return commit(new Waiting<>(action, true));
    }

    private <T> Future<Committed<T>> commit(Waiting<T> one) {
        synchronized (this) {
            waiting.add(one);
        }
        next();
        return one.promise.future();
    }

    private void next() {
        List<Waiting<?>> group;
        synchronized (this) {
            if (busy || waiting.isEmpty()) {
                return;
            }
            busy = true;
            group = take();
        }
        commitTogether(group).onComplete(done -> {
            synchronized (this) {
                busy = false;
            }
            next();
        });
    }

    private List<Waiting<?>> take() {
        List<Waiting<?>> group = new ArrayList<>();
        for (Iterator<Waiting<?>> all = waiting.iterator(); all.hasNext() && group.size() < MOST_AT_ONCE; ) {
            group.add(all.next());
            all.remove();
        }
        return group;
    }

    /** Never fails: each member's own future tells how it went. */
    private Future<Void> commitTogether(List<Waiting<?>> group) {
        List<Runnable> answers = new ArrayList<>();
        Position[] end = new Position[1];
        return metastore
                .<Boolean>transaction(tx -> {
                    answers.clear();
                    List<NewEvent> events = new ArrayList<>();
                    Future<Void> all = Future.succeededFuture();
                    List<Waiting<?>> apart = new ArrayList<>();
                    for (Waiting<?> one : group) {
                        if (one.apart) {
                            apart.add(one);
                        } else {
                            all = all.compose(ok -> run(tx, one, events, answers, end));
                        }
                    }
                    return all.compose(ok -> atOnce(tx, apart, events, answers, end))
                            .compose(ok -> events.isEmpty()
                                    ? Future.succeededFuture(false)
                                    : metastore
                                            .append(tx, events, clock.instant())
                                            .map(position -> {
                                                end[0] = position;
                                                return true;
                                            }));
                })
                // Asked outside of the transaction, which holds a connection already.
                .compose(told -> told ? Future.succeededFuture(end[0]) : metastore.position())
                .onSuccess(position -> {
                    end[0] = position;
                    answers.forEach(Runnable::run);
                })
                .<Void>mapEmpty()
                .recover(failure -> {
                    if (group.size() == 1) {
                        group.get(0).promise.fail(failure);
                        return Future.succeededFuture();
                    }
                    Future<Void> each = Future.succeededFuture();
                    for (Waiting<?> one : group) {
                        each = each.compose(ok -> commitTogether(List.of(one)));
                    }
                    return each;
                });
    }

    /** Waits for all of them, also after one has failed, so that none writes when the transaction is over. */
    private Future<Void> atOnce(
            Tx tx, List<Waiting<?>> group, List<NewEvent> events, List<Runnable> answers, Position[] end) {
        List<Future<Void>> sent = new ArrayList<>();
        for (Waiting<?> one : group) {
            sent.add(run(tx, one, events, answers, end));
        }
        return sent.isEmpty() ? Future.succeededFuture() : Future.join(sent).mapEmpty();
    }

    private <T> Future<Void> run(Tx tx, Waiting<T> one, List<NewEvent> events, List<Runnable> answers, Position[] end) {
        Future<Written<T>> written;
        try {
            written = one.action.apply(tx);
        } catch (RuntimeException e) {
            written = Future.failedFuture(e);
        }
        return written.<Void>map(done -> {
                    events.addAll(done.events());
                    answers.add(() -> one.promise.complete(new Committed<>(done.answer(), end[0])));
                    return null;
                })
                .recover(failure -> {
                    if (failure instanceof Refusal) {
                        answers.add(() -> one.promise.fail(failure));
                        return Future.succeededFuture();
                    }
                    return Future.failedFuture(failure);
                });
    }
}
