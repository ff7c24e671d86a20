package io.fjord.sql.statement;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.sql.statement.StatementEvent;
import io.fjord.contract.sql.statement.StatementEvent.StatementCancelled;
import io.fjord.contract.sql.statement.StatementEvent.StatementExpired;
import io.fjord.contract.sql.statement.StatementEvent.StatementFailed;
import io.fjord.contract.sql.statement.StatementEvent.StatementFinished;
import io.fjord.contract.sql.statement.StatementEvent.StatementResultDropped;
import io.fjord.contract.sql.statement.StatementEvent.StatementStarted;
import io.fjord.contract.sql.statement.StatementEvent.StatementSubmitted;
import io.fjord.kernel.GroupCommitter;
import io.fjord.kernel.GroupCommitter.Committed;
import io.fjord.kernel.GroupCommitter.Written;
import io.fjord.kernel.Ids;
import io.fjord.kernel.NewEvent;
import io.fjord.kernel.Refusal;
import io.fjord.kernel.Tx;
import io.fjord.platform.http.CatchingUp;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlTx;
import io.fjord.sql.cluster.CallerToken;
import io.fjord.sql.cluster.ClusterSecrets;
import io.fjord.sql.cluster.ClusterView;
import io.fjord.sql.cluster.Clusters;
import io.fjord.sql.cluster.Driver;
import io.fjord.sql.cluster.Drivers;
import io.fjord.sql.result.ResultProblems;
import io.fjord.sql.result.Spool;
import io.fjord.sql.statement.FlightFailures.Told;
import io.fjord.sql.statement.SpoolBatches.Answer;
import io.fjord.sql.statement.StatementState.Finished;
import io.fjord.sql.statement.StatementState.Pending;
import io.fjord.sql.statement.StatementState.Queued;
import io.fjord.sql.statement.StatementState.Running;
import io.grpc.Context.CancellableContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes statements in, runs them, ends them. Every step is a row and its event in one transaction; what runs is only known to
 * this process, so a statement that was pending when a process died is failed at the next start.
 */
public final class Statements {

    private static final Logger log = LoggerFactory.getLogger(Statements.class);

    private static final String PLATFORM = "platform";

    /** The deadline's timer comes first; this only ends a call that would not be ended. */
    private static final long GRACE_MILLIS = 5_000;

    private static final long RETRY_MILLIS = 1_000;

    private static final long NEVER = Long.MAX_VALUE;

    private final Vertx vertx;
    private final Clock clock;
    private final StatementLimits limits;
    private final StatementStore store;
    private final GroupCommitter committer;
    private final MessageTypes types;
    private final Clusters clusters;
    private final CatchingUp news;
    private final ClusterSecrets secrets;
    private final Drivers drivers;
    private final Spool spool;
    private final StatementMetrics metrics;
    private final StatementQueue queue;
    private final WorkerExecutor runners;
    private final WorkerExecutor errands;
    private final Map<String, Live> live = new ConcurrentHashMap<>();
    private final Map<String, Future<?>> beingSubmitted = new ConcurrentHashMap<>();
    private final AtomicLong expiryPlannedFor = new AtomicLong(NEVER);
    private volatile boolean closing;

    /**
     * What somebody wants to be run.
     *
     * @param token the actor's own; the driver shows it at the catalog
     * @param keyed the id is that of an Idempotency-Key: it may be there already
     */
    record Submission(
            String id,
            boolean keyed,
            String domain,
            String cluster,
            Wording wording,
            String requestDigest,
            Duration atMost,
            String actor,
            @Nullable CallerToken token,
            String correlationId,
            @Nullable String traceparent) {}

    /** Who asks for a change, as its event will tell. */
    record By(String actor, @Nullable String traceparent) {
        static final By PLATFORM_ITSELF = new By(PLATFORM, null);
    }

    private record Step(StatementState next, StatementEvent event) {}

    /** A statement that has not ended, or whose driver is still being told so. */
    private static final class Live {
        final Statement statement;
        final Wording wording;
        final @Nullable CallerToken token;
        final Address cluster;
        final Promise<Void> ended = Promise.promise();
        final Promise<Void> left = Promise.promise();
        long deadlineTimer = -1;
        private boolean stopped;
        private @Nullable CancellableContext call;
        private @Nullable ClusterView runsOn;

        Live(Statement statement, Wording wording, @Nullable CallerToken token) {
            this.statement = statement;
            this.wording = wording;
            this.token = token;
            this.cluster = Clusters.address(statement.domain(), statement.cluster());
        }

        synchronized void runsOn(ClusterView where) {
            runsOn = where;
        }

        synchronized @Nullable ClusterView runsOn() {
            return runsOn;
        }

        /** False if it was stopped before. */
        synchronized boolean calls(CancellableContext context) {
            call = context;
            return !stopped;
        }

        /** Ends its call to the driver, now or as soon as it is made. */
        synchronized void stop() {
            stopped = true;
            if (call != null) {
                call.cancel(null);
            }
        }
    }

    public Statements(
            Vertx vertx,
            Clock clock,
            StatementLimits limits,
            StatementStore store,
            GroupCommitter committer,
            MessageTypes types,
            Clusters clusters,
            CatchingUp news,
            ClusterSecrets secrets,
            Drivers drivers,
            Spool spool,
            StatementMetrics metrics) {
        this.vertx = vertx;
        this.clock = clock;
        this.limits = limits;
        this.store = store;
        this.committer = committer;
        this.types = types;
        this.clusters = clusters;
        this.news = news;
        this.secrets = secrets;
        this.drivers = drivers;
        this.spool = spool;
        this.metrics = metrics;
        this.queue = new StatementQueue(limits.runningPerCluster(), limits.waitingPerCluster(), limits.runningInAll());
        Duration longest = StatementLimits.LONGEST.plusMinutes(5);
        this.runners =
                vertx.createSharedWorkerExecutor("fjord-sql-statements", limits.runningInAll(), longest.toNanos());
        this.errands = vertx.createSharedWorkerExecutor(
                "fjord-sql-errands", 4, Duration.ofMinutes(1).toNanos());
        clusters.onDriverGone(this::driverGone);
        spool.onDropped(id -> vertx.runOnContext(now -> resultGone(id, "space")));
    }

    // At start and end

    /** Fails what a dead process left pending, takes over its results. Cluster events must have been read before. */
    public Future<Void> recover() {
        return store.pending()
                .compose(all -> Future.join(all.stream().map(this::interrupt).toList()))
                .compose(ok -> store.kept())
                .compose(kept -> errands.executeBlocking(() -> spool.adopt(kept), false))
                .compose(lost -> Future.join(lost.stream()
                        .map(id -> change(id, By.PLATFORM_ITSELF, withoutResult("lost")))
                        .toList()))
                .compose(ok -> planExpiry());
    }

    private Future<Void> interrupt(Statement statement) {
        return change(statement.id(), By.PLATFORM_ITSELF, failed(StatementProblems.interrupted(), null))
                .onSuccess(ok -> {
                    if (statement.state() instanceof Running) {
                        clusters.find(Clusters.address(statement.domain(), statement.cluster()))
                                .filter(cluster -> cluster.endpoints() != null)
                                .ifPresent(cluster -> tellDriver(drivers.of(cluster), cluster, statement));
                    }
                })
                .mapEmpty();
    }

    /** Ends what is pending, as interrupted, and hangs up. */
    public Future<Void> close() {
        closing = true;
        List<Live> all = List.copyOf(live.values());
        return Future.join(all.stream()
                        .map(one -> step(
                                        one.statement.id(),
                                        By.PLATFORM_ITSELF,
                                        failed(StatementProblems.interrupted(), null))
                                .onComplete(done -> stop(one)))
                        .toList())
                .otherwiseEmpty()
                .compose(done -> Future.join(
                                all.stream().map(one -> one.left.future()).toList())
                        .otherwiseEmpty())
                .compose(done -> errands.executeBlocking(() -> {
                    drivers.close();
                    return null;
                }))
                .eventually(runners::close)
                .eventually(errands::close)
                .mapEmpty();
    }

    // Taking in

    /** Fails with a {@link Refusal}; a retry gets the statement its key made before, with {@link Position#START}. */
    Future<Committed<Statement>> submit(Submission wish) {
        if (!wish.keyed()) {
            return admit(wish);
        }
        // Retries that come together take one place in the line, not one each.
        Promise<Void> over = Promise.promise();
        Future<?> before = beingSubmitted.putIfAbsent(wish.id(), over.future());
        if (before != null) {
            return before.transform(done -> submit(wish));
        }
        return store.find(wish.id())
                .compose(found -> found.isPresent() ? retried(wish, found.get()) : admit(wish))
                .onComplete(done -> {
                    beingSubmitted.remove(wish.id());
                    over.complete();
                });
    }

    private Future<Committed<Statement>> retried(Submission wish, Statement first) {
        return first.requestDigest().equals(wish.requestDigest())
                ? Future.succeededFuture(new Committed<>(first, Position.START))
                : refused(StatementProblems.keyReused());
    }

    private Future<Committed<Statement>> admit(Submission wish) {
        Address address = Clusters.address(wish.domain(), wish.cluster());
        Optional<ClusterView> known = clusters.find(address);
        return known.isPresent() && known.get().endpoints() != null
                ? admit(wish, address, known)
                : news.now().compose(told -> admit(wish, address, clusters.find(address)));
    }

    private Future<Committed<Statement>> admit(Submission wish, Address address, Optional<ClusterView> cluster) {
        if (cluster.isEmpty()) {
            return refused(StatementProblems.clusterNotFound(wish.domain(), wish.cluster()));
        }
        if (cluster.get().endpoints() == null) {
            return refused(StatementProblems.clusterNotRunning(cluster.get()));
        }
        if (spool.full()) {
            return refused(ResultProblems.storeFull(limits.resultsInAll()));
        }
        if (closing || !queue.admit(address)) {
            return refused(
                    StatementProblems.tooMany(wish.cluster(), limits.runningPerCluster(), limits.waitingPerCluster()));
        }
        Instant now = now();
        Statement statement = new Statement(
                wish.id(),
                1,
                wish.domain(),
                wish.cluster(),
                wish.actor(),
                wish.correlationId(),
                wish.wording().kind(),
                wish.wording().digest(),
                wish.wording().text().length(),
                wish.requestDigest(),
                now,
                now.plus(wish.atMost()),
                new Queued());
        return committer.commit(tx -> insert(tx, wish, statement)).transform(done -> {
            if (done.failed()) {
                queue.dismiss(address);
                if (wish.keyed() && SqlTx.isDuplicate(done.cause())) {
                    // Another process was first with the same key.
                    return store.find(wish.id()).compose(first -> retried(wish, first.orElseThrow()));
                }
                endIfItIsThere(wish.id());
                return Future.failedFuture(done.cause());
            }
            Committed<Optional<Statement>> committed = done.result();
            if (committed.answer().isPresent()) {
                queue.dismiss(address);
                return retried(wish, committed.answer().get());
            }
            enqueue(statement, wish.wording(), wish.token());
            return Future.succeededFuture(new Committed<>(statement, committed.position()));
        });
    }

    /** A commit whose answer was lost may have left a row that nobody runs. */
    private void endIfItIsThere(String id) {
        Function<Statement, Optional<Step>> interrupted = failed(StatementProblems.interrupted(), null);
        vertx.timer(RETRY_MILLIS, TimeUnit.MILLISECONDS)
                .compose(later -> change(
                        id,
                        By.PLATFORM_ITSELF,
                        statement -> live.containsKey(id) || beingSubmitted.containsKey(id)
                                ? Optional.empty()
                                : interrupted.apply(statement)))
                .onFailure(e -> log.atWarn()
                        .addKeyValue("statement", id)
                        .setCause(e)
                        .log("It is not known whether a statement was accepted"));
    }

    /** @return the statement that was there already */
    private Future<Written<Optional<Statement>>> insert(Tx tx, Submission wish, Statement statement) {
        SqlTx sql = SqlTx.of(tx);
        Future<Optional<Statement>> there =
                wish.keyed() ? store.lock(sql, wish.id()) : Future.succeededFuture(Optional.empty());
        return there.compose(found -> {
            if (found.isPresent()) {
                return Future.succeededFuture(new Written<>(found, List.of()));
            }
            StatementEvent event = new StatementSubmitted(
                    statement.cluster(),
                    statement.kind(),
                    statement.digest(),
                    statement.length(),
                    wish.wording().parameters().size(),
                    wish.wording().catalog(),
                    wish.wording().namespace(),
                    statement.deadline());
            return store.insert(sql, statement, wish.wording())
                    .map(new Written<>(
                            Optional.empty(),
                            List.of(event(statement, new By(wish.actor(), wish.traceparent()), event))));
        });
    }

    private void enqueue(Statement statement, Wording wording, @Nullable CallerToken token) {
        Live one = new Live(statement, wording, token);
        live.put(statement.id(), one);
        one.deadlineTimer = vertx.setTimer(
                Math.max(1, Duration.between(now(), statement.deadline()).toMillis()), timer -> expire(one));
        queue.add(one.cluster, statement.id());
        runNext();
    }

    // Running

    private void runNext() {
        for (Optional<String> next = queue.next(); next.isPresent(); next = queue.next()) {
            Live one = live.get(next.get());
            if (one != null) {
                run(one);
            }
        }
    }

    private void run(Live one) {
        start(one)
                .compose(cluster -> cluster.isEmpty()
                        ? Future.succeededFuture()
                        : ask(one, cluster.get(), true)
                                .transform(done -> done.succeeded()
                                        ? finish(one, done.result())
                                        : fail(one, FlightFailures.tell(done.cause(), one.statement.cluster()))))
                .onFailure(e -> log.atError()
                        .addKeyValue("subject", one.statement.address())
                        .setCause(e)
                        .log("A statement could not be brought to its end"))
                .onComplete(done -> leave(one));
    }

    /** @return where it runs; nothing if it ended before it could */
    private Future<Optional<ClusterView>> start(Live one) {
        Optional<ClusterView> found = clusters.find(one.cluster);
        if (found.isEmpty()) {
            return fail(
                            one,
                            new Told(
                                    StatementProblems.clusterNotFound(one.statement.domain(), one.statement.cluster()),
                                    null))
                    .map(Optional.empty());
        }
        ClusterView cluster = found.get();
        if (cluster.endpoints() == null) {
            return fail(one, new Told(StatementProblems.clusterNotRunning(cluster), null))
                    .map(Optional.empty());
        }
        one.runsOn(cluster);
        return change(
                        one.statement.id(),
                        By.PLATFORM_ITSELF,
                        statement -> statement.state() instanceof Queued queued
                                ? Optional.of(new Step(
                                        queued.running(cluster.generation(), now()),
                                        new StatementStarted(cluster.generation())))
                                : Optional.empty())
                .map(changed -> changed.map(ok -> cluster));
    }

    private Future<Answer> ask(Live one, ClusterView cluster, boolean first) {
        return secrets.secret(cluster)
                .recover(e -> {
                    log.atWarn()
                            .addKeyValue("subject", cluster.address())
                            .setCause(e)
                            .log("The credentials of a cluster could not be had");
                    return Future.failedFuture(new ClusterUnreachable());
                })
                .compose(secret -> runners.executeBlocking(() -> fetch(one, cluster, secret), false))
                .recover(failure -> {
                    if (first && FlightFailures.isUnauthenticated(failure)) {
                        secrets.forget(cluster.address());
                        return ask(one, cluster, false);
                    }
                    return Future.failedFuture(failure);
                });
    }

    /** The secret could not be had. */
    static final class ClusterUnreachable extends RuntimeException {

        private static final long serialVersionUID = 1L;

        ClusterUnreachable() {
            super("unreachable", null, false, false);
        }
    }

    /** Blocks until the last batch is on disk. */
    private Answer fetch(Live one, ClusterView cluster, String secret) throws Exception {
        Statement statement = one.statement;
        long left = Duration.between(now(), statement.deadline()).toMillis() + GRACE_MILLIS;
        CancellableContext call = io.grpc.Context.ROOT.withCancellation();
        if (!one.calls(call)) {
            call.cancel(null);
            throw new CancellationException();
        }
        io.grpc.Context before = call.attach();
        try (SpoolBatches batches = new SpoolBatches(spool, statement.id())) {
            drivers.of(cluster)
                    .run(
                            secret,
                            new Driver.Question(
                                    statement.id(),
                                    statement.actor(),
                                    one.token,
                                    one.wording.text(),
                                    one.wording.parameters(),
                                    one.wording.catalog(),
                                    one.wording.namespace()),
                            left,
                            batches);
            return batches.finish();
        } finally {
            call.detach(before);
            call.cancel(null);
        }
    }

    // Ending

    private Future<Void> finish(Live one, Answer answer) {
        Instant now = now();
        Instant until = now.plus(limits.resultsKept());
        return change(
                        one.statement.id(),
                        By.PLATFORM_ITSELF,
                        statement -> statement.state() instanceof Running running
                                ? Optional.of(new Step(
                                        running.finished(answer.rows(), answer.bytes(), answer.columns(), now, until),
                                        new StatementFinished(
                                                answer.rows(),
                                                answer.bytes(),
                                                Duration.between(running.started(), now)
                                                        .toMillis(),
                                                until)))
                                : Optional.empty())
                .onSuccess(changed -> {
                    if (changed.isPresent()) {
                        planExpiry(until);
                    } else {
                        dropFiles(one.statement.id());
                    }
                })
                .mapEmpty();
    }

    private Future<Void> fail(Live one, Told told) {
        return change(one.statement.id(), By.PLATFORM_ITSELF, failed(told.problem(), told.sqlState()))
                .mapEmpty();
    }

    /** Fails with a {@link Refusal} if it has ended otherwise; a cancelled one stays as it is. */
    Future<Committed<Statement>> cancel(Statement seen, By by) {
        String id = seen.id();
        return committer
                .commit(tx -> apply(
                        tx,
                        id,
                        by,
                        statement -> statement.state() instanceof Pending pending
                                ? Optional.of(new Step(pending.cancelled(now()), new StatementCancelled("requested")))
                                : Optional.empty()))
                .compose(committed -> {
                    Optional<Statement> changed = committed.answer();
                    if (changed.isPresent()) {
                        ended(changed.get());
                        stop(id);
                        return Future.succeededFuture(new Committed<>(changed.get(), committed.position()));
                    }
                    return store.find(id).compose(now -> {
                        Statement is = now.orElse(seen);
                        if (!(is.state() instanceof StatementState.Cancelled)) {
                            return refused(StatementProblems.alreadyEnded(
                                    id, is.state().label()));
                        }
                        stop(id);
                        return Future.succeededFuture(new Committed<>(is, committed.position()));
                    });
                });
    }

    private void expire(Live one) {
        change(
                        one.statement.id(),
                        By.PLATFORM_ITSELF,
                        statement -> statement.state() instanceof Pending pending
                                ? Optional.of(new Step(pending.expired(now()), new StatementExpired()))
                                : Optional.empty())
                .onComplete(done -> stop(one));
    }

    /** Ends what waits and runs for those who were suspended or have left. */
    public void endOfThoseWhoLeft(Predicate<String> isActive) {
        for (Live one : live.values()) {
            if (!isActive.test(one.statement.actor())) {
                fail(one, new Told(StatementProblems.accessEnded(one.statement.actor()), null))
                        .onComplete(done -> stop(one));
            }
        }
    }

    private void driverGone(ClusterView cluster) {
        for (Live one : live.values()) {
            if (cluster.equals(one.runsOn())) {
                fail(one, new Told(StatementProblems.clusterLost(one.statement.cluster()), null))
                        .onComplete(done -> stop(one));
            }
        }
        errand("hang up", () -> drivers.gone(cluster));
    }

    private void stop(String id) {
        Live one = live.get(id);
        if (one != null) {
            stop(one);
        }
    }

    /** Gives up what is pending of it; its row has ended before. */
    private void stop(Live one) {
        ClusterView cluster = one.runsOn();
        one.stop();
        if (cluster == null) {
            leave(one);
        } else {
            drivers.known(cluster).ifPresent(driver -> tellDriver(driver, cluster, one.statement));
        }
    }

    private void leave(Live one) {
        if (live.remove(one.statement.id(), one)) {
            vertx.cancelTimer(one.deadlineTimer);
            queue.leave(one.cluster, one.statement.id());
            one.ended.tryComplete();
            one.left.tryComplete();
            runNext();
        }
    }

    private void tellDriver(Driver driver, ClusterView cluster, Statement statement) {
        secrets.secret(cluster)
                .onSuccess(secret -> errand("cancel", () -> driver.cancel(secret, statement.id())))
                .onFailure(e -> log.atWarn()
                        .addKeyValue("subject", statement.address())
                        .setCause(e)
                        .log("The cluster could not be told to end a statement"));
    }

    private void errand(String what, Runnable task) {
        errands.executeBlocking(
                        () -> {
                            task.run();
                            return null;
                        },
                        false)
                .onFailure(e -> {
                    if (!closing) {
                        log.atDebug().addKeyValue("errand", what).setCause(e).log("A driver did not answer");
                    }
                });
    }

    // Reading

    Future<Optional<Statement>> find(String id) {
        return store.find(id);
    }

    /** Waits until it has ended, but no longer than this. */
    Future<Void> ended(String id, Duration atMost) {
        Live one = live.get(id);
        if (one == null || atMost.isZero()) {
            return Future.succeededFuture();
        }
        Promise<Void> waited = Promise.promise();
        long timer = vertx.setTimer(Math.max(1, atMost.toMillis()), up -> waited.tryComplete());
        return Future.any(waited.future(), one.ended.future())
                .onComplete(done -> vertx.cancelTimer(timer))
                .mapEmpty();
    }

    // Results that go

    /** For a result that turned out not to be there when it was asked for. */
    void resultLost(String id) {
        resultGone(id, "lost");
    }

    private void resultGone(String id, String reason) {
        change(id, By.PLATFORM_ITSELF, withoutResult(reason))
                .onFailure(e -> log.atWarn()
                        .addKeyValue("statement", id)
                        .setCause(e)
                        .log("It could not be noted that a result is gone"));
    }

    /** A timer for the result that goes next, unless there is an earlier one. */
    private void planExpiry(Instant next) {
        long at = next.toEpochMilli() + 1;
        long planned = expiryPlannedFor.getAndUpdate(earliest -> Math.min(earliest, at));
        if (at < planned && !closing) {
            vertx.setTimer(Math.max(1, at - clock.millis()), timer -> {
                expiryPlannedFor.compareAndSet(at, NEVER);
                dropOverdue();
            });
        }
    }

    private void dropOverdue() {
        store.overdue(now(), 100)
                .compose(ids -> Future.join(ids.stream()
                        .map(id -> change(id, By.PLATFORM_ITSELF, withoutResult("age"))
                                .onSuccess(done -> dropFiles(id)))
                        .toList()))
                .compose(done -> planExpiry())
                .onFailure(e -> {
                    if (!closing) {
                        planExpiry(now().plusSeconds(30));
                    }
                });
    }

    private Future<Void> planExpiry() {
        return store.nextResultEnd().map(next -> {
            next.ifPresent(this::planExpiry);
            return null;
        });
    }

    private void dropFiles(String id) {
        errand("drop a result", () -> spool.drop(id));
    }

    // Steps

    private Function<Statement, Optional<Step>> failed(Problem problem, @Nullable String sqlState) {
        return statement -> statement.state() instanceof Pending pending
                ? Optional.of(new Step(
                        pending.failed(problem, now()),
                        new StatementFailed(problem.type(), problem.status(), sqlState)))
                : Optional.empty();
    }

    private static Function<Statement, Optional<Step>> withoutResult(String reason) {
        return statement -> statement.state() instanceof Finished finished && finished.resultUntil() != null
                ? Optional.of(new Step(finished.withoutResult(), new StatementResultDropped(reason)))
                : Optional.empty();
    }

    /** Takes the step, however long the database is away; nothing if there is no such step from where it stands. */
    private Future<Optional<Statement>> change(String id, By by, Function<Statement, Optional<Step>> how) {
        return step(id, by, how).recover(failure -> {
            if (closing || !Database.isTransient(failure)) {
                return Future.failedFuture(failure);
            }
            log.atWarn().addKeyValue("statement", id).setCause(failure).log("The database is waited for");
            return vertx.timer(RETRY_MILLIS, TimeUnit.MILLISECONDS).compose(again -> change(id, by, how));
        });
    }

    private Future<Optional<Statement>> step(String id, By by, Function<Statement, Optional<Step>> how) {
        return committer.commit(tx -> apply(tx, id, by, how)).map(committed -> {
            committed.answer().ifPresent(this::ended);
            return committed.answer();
        });
    }

    private Future<Written<Optional<Statement>>> apply(
            Tx tx, String id, By by, Function<Statement, Optional<Step>> how) {
        SqlTx sql = SqlTx.of(tx);
        return store.lock(sql, id).compose(found -> {
            Optional<Step> step = found.flatMap(how);
            if (step.isEmpty()) {
                return Future.succeededFuture(new Written<>(Optional.empty(), List.of()));
            }
            Statement before = found.get();
            Statement after = before.to(step.get().next());
            return store.update(sql, before, after)
                    .map(new Written<>(
                            Optional.of(after),
                            List.of(event(after, by, step.get().event()))));
        });
    }

    /** Tells who waits, and the metrics, once a step has ended it. */
    private void ended(Statement statement) {
        Live one = live.get(statement.id());
        boolean resultWent = statement.state() instanceof Finished finished && finished.resultUntil() == null;
        if (!statement.ended() || resultWent) {
            // It goes on; or it had ended before, and its result alone went.
            return;
        }
        metrics.ended(statement);
        log.atInfo()
                .addKeyValue("subject", statement.address())
                .addKeyValue("state", statement.state().label())
                .log("A statement has ended");
        if (one != null) {
            one.ended.tryComplete();
        }
    }

    private NewEvent event(Statement statement, By by, StatementEvent event) {
        return new NewEvent(
                Ids.next(),
                types.typeOf(event),
                statement.address(),
                statement.version(),
                by.actor(),
                statement.correlationId(),
                null,
                null,
                null,
                null,
                by.traceparent(),
                Json.text(event));
    }

    private static <T> Future<T> refused(Problem problem) {
        return Future.failedFuture(new Refusal(problem));
    }

    /** As exact as a row. */
    private Instant now() {
        return Objects.requireNonNull(clock.instant()).truncatedTo(ChronoUnit.MICROS);
    }
}
