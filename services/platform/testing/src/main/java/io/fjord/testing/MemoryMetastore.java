package io.fjord.testing;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Names;
import io.fjord.kernel.NewEvent;
import io.fjord.kernel.Partition;
import io.fjord.kernel.Quota;
import io.fjord.kernel.Tx;
import io.fjord.kernel.VersionConflict;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A metastore in memory that behaves as the databases do: READ COMMITTED, row locks, rollback, deadlocks noticed. Nothing in
 * it takes time by itself: every step runs in an executor, so that a simulation decides their order, and asks its faults.
 */
public final class MemoryMetastore implements Metastore {

    private static final String OFFSETS = "command_offset";
    private static final String TOPICS = "command_topic";
    private static final String INBOX = "inbox";
    private static final String QUOTAS = "quota";
    private static final String NAMES = "unique_name";
    private static final String DEADLINES = "deadline";
    private static final String COUNTER = "counter";
    private static final String ONE = "1";

    /** Where something can go wrong. */
    public enum Step {
        BEGIN,
        STATEMENT,
        /** A fault here rolls the transaction back. */
        COMMIT,
        /** A fault here is one of the answer only: the transaction is committed. */
        COMMITTED
    }

    /** What goes wrong. */
    @FunctionalInterface
    public interface Faults {

        Faults NONE = step -> null;

        /** @return the failure of this step, or null if it goes well */
        @Nullable
        Throwable at(Step step);
    }

    /** The database does not answer; to try again can help. */
    public static final class Unavailable extends RuntimeException {

        private static final long serialVersionUID = 1L;

        public Unavailable(String message) {
            super(message, null, false, false);
        }
    }

    private record Counter(Position position, Instant time) {}

    private record Remembered(String digest, Instant at) {}

    private static final class Lock {
        MemoryTx holder;
        final Deque<Line> line = new ArrayDeque<>();

        Lock(MemoryTx holder) {
            this.holder = holder;
        }
    }

    private record Line(MemoryTx tx, Promise<Void> turn) {}

    private final String service;
    private final Executor steps;
    private final Map<String, TreeMap<String, Object>> tables = new HashMap<>();
    private final List<EventEnvelope<String>> journal = new ArrayList<>();
    private final Map<String, Lock> locks = new HashMap<>();
    private final Set<MemoryTx> open = new LinkedHashSet<>();
    private volatile Faults faults = Faults.NONE;

    public MemoryMetastore(String service) {
        this(service, new OneAtATime());
    }

    /** @param steps runs one step at a time, in the order it likes */
    public MemoryMetastore(String service, Executor steps) {
        this.service = service;
        this.steps = steps;
        put(COUNTER, ONE, new Counter(Position.START, Instant.EPOCH));
    }

    @Override
    public String service() {
        return service;
    }

    public void fail(Faults with) {
        faults = with;
    }

    /** The server goes down and comes back: what is committed is there, every open transaction is lost. */
    public Future<Void> crash() {
        return quietly(() -> {
            Throwable lost = new Unavailable("The database went away");
            for (MemoryTx tx : List.copyOf(open)) {
                tx.breaks(lost);
                end(tx);
            }
        });
    }

    /** What a restored backup would hold that was made now. */
    public Future<MemoryMetastore> copy() {
        MemoryMetastore copy = new MemoryMetastore(service, steps);
        return quietly(() -> {
                    copy.tables.clear();
                    copy.tables.putAll(copied(tables));
                    copy.journal.addAll(journal);
                })
                .map(copy);
    }

    /** The committed rows of a table of one's own. */
    public Future<Map<String, Object>> rows(String table) {
        return step(
                Step.STATEMENT,
                () -> Future.succeededFuture(new TreeMap<>(tables.getOrDefault(table, new TreeMap<>()))));
    }

    // Transactions

    @Override
    public <T> Future<T> transaction(Function<Tx, Future<T>> work) {
        return step(Step.BEGIN, () -> Future.succeededFuture(begin(null))).compose(tx -> finish(tx, work));
    }

    @Override
    public <T> Future<At<T>> snapshot(Function<Tx, Future<T>> work) {
        return step(Step.BEGIN, () -> Future.succeededFuture(begin(copied(tables))))
                .compose(tx -> finish(
                        tx,
                        same -> work.apply(same)
                                .map(value -> new At<>(value, counter(tx).position()))));
    }

    private MemoryTx begin(@Nullable Map<String, TreeMap<String, Object>> frozen) {
        MemoryTx tx = new MemoryTx(this, frozen);
        open.add(tx);
        return tx;
    }

    private <T> Future<T> finish(MemoryTx tx, Function<? super MemoryTx, Future<T>> work) {
        Future<T> worked;
        try {
            worked = work.apply(tx);
        } catch (RuntimeException failure) {
            worked = Future.failedFuture(failure);
        }
        return worked.transform(done -> tx.settled().transform(all -> {
            if (done.failed()) {
                return quietly(() -> end(tx)).compose(ended -> Future.failedFuture(done.cause()));
            }
            return commit(tx).map(committed -> done.result());
        }));
    }

    private Future<Void> commit(MemoryTx tx) {
        Promise<Void> answer = Promise.promise();
        steps.execute(() -> {
            Throwable failure = tx.broken() != null ? tx.broken() : faults.at(Step.COMMIT);
            if (failure == null) {
                tx.written.forEach((table, rows) -> rows.forEach((key, value) -> put(table, key, value.orElse(null))));
                journal.addAll(tx.events);
                failure = faults.at(Step.COMMITTED);
            }
            end(tx);
            if (failure == null) {
                answer.complete();
            } else {
                answer.fail(failure);
            }
        });
        return answer.future();
    }

    private void end(MemoryTx tx) {
        tx.over = true;
        open.remove(tx);
        if (tx.awaited != null) {
            Lock lock = Objects.requireNonNull(locks.get(tx.awaited));
            for (Line one : List.copyOf(lock.line)) {
                if (one.tx() == tx) {
                    lock.line.remove(one);
                    Throwable failure = tx.broken();
                    one.turn().fail(failure != null ? failure : new IllegalStateException("The transaction is over"));
                }
            }
            tx.awaited = null;
        }
        for (String name : tx.held) {
            Lock lock = Objects.requireNonNull(locks.get(name));
            Line next = lock.line.poll();
            if (next == null) {
                locks.remove(name);
            } else {
                lock.holder = next.tx();
                next.tx().held.add(name);
                next.tx().awaited = null;
                steps.execute(() -> next.turn().tryComplete());
            }
        }
        tx.held.clear();
    }

    Future<Void> lock(MemoryTx tx, String name) {
        Lock lock = locks.get(name);
        if (lock == null) {
            locks.put(name, new Lock(tx));
            tx.held.add(name);
            return Future.succeededFuture();
        }
        if (lock.holder == tx) {
            return Future.succeededFuture();
        }
        for (MemoryTx holder = lock.holder; holder.awaited != null; ) {
            holder = Objects.requireNonNull(locks.get(holder.awaited)).holder;
            if (holder == tx) {
                return Future.failedFuture(new Unavailable("Deadlock"));
            }
        }
        Line line = new Line(tx, Promise.promise());
        lock.line.add(line);
        tx.awaited = name;
        return line.turn().future();
    }

    <T> Future<T> step(Step step, Supplier<Future<T>> body) {
        Promise<T> answer = Promise.promise();
        steps.execute(() -> {
            Throwable fault = faults.at(step);
            Future<T> done;
            try {
                done = fault == null ? body.get() : Future.failedFuture(fault);
            } catch (RuntimeException failure) {
                done = Future.failedFuture(failure);
            }
            done.onComplete(answer);
        });
        return answer.future();
    }

    /** A step without faults. */
    private Future<Void> quietly(Runnable body) {
        Promise<Void> answer = Promise.promise();
        steps.execute(() -> {
            body.run();
            answer.complete();
        });
        return answer.future();
    }

    Map<String, TreeMap<String, Object>> tables() {
        return tables;
    }

    private void put(String table, String key, @Nullable Object value) {
        TreeMap<String, Object> rows = tables.computeIfAbsent(table, one -> new TreeMap<>());
        if (value == null) {
            rows.remove(key);
        } else {
            rows.put(key, value);
        }
    }

    private static Map<String, TreeMap<String, Object>> copied(Map<String, TreeMap<String, Object>> tables) {
        Map<String, TreeMap<String, Object>> copy = new HashMap<>();
        tables.forEach((table, rows) -> copy.put(table, new TreeMap<>(rows)));
        return copy;
    }

    // Command offsets

    @Override
    public Future<Long> lockOffset(Tx tx, Partition partition) {
        MemoryTx mine = MemoryTx.of(tx);
        String key = partition.toString();
        return mine.statement(() -> mine.locked(OFFSETS, key).map(held -> {
            if (mine.read(OFFSETS, key) instanceof Long next) {
                return next;
            }
            mine.write(OFFSETS, key, 0L);
            return 0L;
        }));
    }

    @Override
    public Future<Void> writeOffset(Tx tx, Partition partition, long next) {
        MemoryTx mine = MemoryTx.of(tx);
        String key = partition.toString();
        return mine.statement(() -> mine.locked(OFFSETS, key).compose(held -> {
            if (mine.read(OFFSETS, key) == null) {
                return Future.failedFuture(new IllegalStateException("The offset of " + partition + " is not locked"));
            }
            mine.write(OFFSETS, key, next);
            return Future.succeededFuture();
        }));
    }

    @Override
    public Future<Long> offset(Partition partition) {
        return step(
                Step.STATEMENT,
                () -> Future.succeededFuture(
                        committed(OFFSETS).get(partition.toString()) instanceof Long next ? next : 0L));
    }

    @Override
    public Future<Long> offset(Partition partition, String topicId) {
        String key = partition.toString();
        return transaction(tx -> lockOffset(tx, partition).compose(next -> {
            MemoryTx mine = MemoryTx.of(tx);
            Object known = mine.read(TOPICS, key);
            mine.write(TOPICS, key, topicId);
            if (known == null || known.equals(topicId)) {
                return Future.succeededFuture(next);
            }
            return writeOffset(tx, partition, 0).map(0L);
        }));
    }

    // Inbox

    @Override
    public Future<Map<String, String>> handled(Tx tx, Collection<String> commandIds) {
        MemoryTx mine = MemoryTx.of(tx);
        return mine.statement(() -> {
            Map<String, String> digests = new HashMap<>();
            for (String id : commandIds) {
                if (mine.read(INBOX, id) instanceof Remembered row) {
                    digests.put(id, row.digest());
                }
            }
            return Future.succeededFuture(digests);
        });
    }

    @Override
    public Future<Void> remember(Tx tx, Map<String, String> digests, Instant now) {
        MemoryTx mine = MemoryTx.of(tx);
        return mine.statement(() -> mine.locked(INBOX, digests.keySet()).compose(held -> {
            for (String id : digests.keySet()) {
                if (mine.read(INBOX, id) != null) {
                    return Future.failedFuture(
                            new VersionConflict("A command of this batch was handled elsewhere meanwhile"));
                }
            }
            digests.forEach((id, digest) -> mine.write(INBOX, id, new Remembered(digest, now)));
            return Future.succeededFuture();
        }));
    }

    /** Forgets commands eight days old, as the databases do. */
    public Future<Void> housekeeping(Instant now) {
        return step(Step.STATEMENT, () -> {
            committed(INBOX)
                    .values()
                    .removeIf(row -> row instanceof Remembered one && one.at().isBefore(now.minus(Duration.ofDays(8))));
            return Future.succeededFuture();
        });
    }

    // Quotas

    @Override
    public Future<Map<String, Quota>> lockQuotas(Tx tx, Collection<String> domains) {
        MemoryTx mine = MemoryTx.of(tx);
        return mine.statement(() -> lockedQuotas(mine, domains));
    }

    private Future<Map<String, Quota>> lockedQuotas(MemoryTx tx, Collection<String> domains) {
        Set<String> rows = new TreeSet<>();
        for (String row : tx.all(QUOTAS).keySet()) {
            if (domains.contains(domain(row))) {
                rows.add(row);
            }
        }
        return tx.locked(QUOTAS, rows).map(held -> {
            tx.lockedQuotaDomains.addAll(domains);
            Map<String, Map<String, Quota.Allowance>> found = new HashMap<>();
            domains.forEach(domain -> found.put(domain, new HashMap<>()));
            for (String row : rows) {
                if (tx.read(QUOTAS, row) instanceof Quota.Allowance allowance) {
                    Objects.requireNonNull(found.get(domain(row))).put(row.substring(row.indexOf('/') + 1), allowance);
                }
            }
            Map<String, Quota> quotas = new HashMap<>();
            found.forEach((domain, resources) -> quotas.put(domain, new Quota(domain, resources)));
            return quotas;
        });
    }

    private static String domain(String row) {
        return row.substring(0, row.indexOf('/'));
    }

    @Override
    public Future<Void> saveQuotas(Tx tx, Collection<Quota> quotas) {
        MemoryTx mine = MemoryTx.of(tx);
        Map<String, Quota.Allowance> rows = new TreeMap<>();
        Set<String> notLocked = new HashSet<>();
        for (Quota quota : quotas) {
            quota.resources().forEach((resource, allowance) -> rows.put(quota.domain() + "/" + resource, allowance));
            notLocked.add(quota.domain());
        }
        return mine.statement(() -> {
            notLocked.removeAll(mine.lockedQuotaDomains);
            Future<?> first = notLocked.isEmpty() ? Future.succeededFuture() : lockedQuotas(mine, notLocked);
            return first.compose(done -> {
                Set<String> fresh = new HashSet<>(rows.keySet());
                fresh.removeIf(row -> mine.held.contains(QUOTAS + "\n" + row));
                return mine.locked(QUOTAS, rows.keySet()).compose(held -> {
                    if (fresh.stream().anyMatch(row -> mine.read(QUOTAS, row) != null)) {
                        return Future.failedFuture(new VersionConflict("A quota was made elsewhere meanwhile"));
                    }
                    rows.forEach((row, allowance) -> mine.write(QUOTAS, row, allowance));
                    return Future.succeededFuture();
                });
            });
        });
    }

    // Unique names

    @Override
    public Future<Names> lockNames(Tx tx, Collection<String> names) {
        MemoryTx mine = MemoryTx.of(tx);
        return mine.statement(() -> {
            Set<String> rows = new TreeSet<>(mine.all(NAMES).keySet());
            rows.retainAll(names);
            return mine.locked(NAMES, rows).map(held -> {
                Map<String, Address> holders = new HashMap<>();
                for (String row : rows) {
                    if (mine.read(NAMES, row) instanceof Address holder) {
                        holders.put(row, holder);
                    }
                }
                return new Names(holders);
            });
        });
    }

    @Override
    public Future<Void> saveNames(Tx tx, Map<String, Address> released, Map<String, Address> taken) {
        MemoryTx mine = MemoryTx.of(tx);
        Set<String> rows = new TreeSet<>(released.keySet());
        rows.addAll(taken.keySet());
        return mine.statement(() -> mine.locked(NAMES, rows).compose(held -> {
            released.forEach((name, holder) -> {
                if (holder.equals(mine.read(NAMES, name))) {
                    mine.write(NAMES, name, null);
                }
            });
            if (taken.keySet().stream().anyMatch(name -> mine.read(NAMES, name) != null)) {
                return Future.failedFuture(new VersionConflict("A name was taken elsewhere meanwhile"));
            }
            taken.forEach((name, holder) -> mine.write(NAMES, name, holder));
            return Future.succeededFuture();
        }));
    }

    // Deadlines

    @Override
    public Future<Void> saveDeadlines(Tx tx, List<DeadlineRow> rows) {
        MemoryTx mine = MemoryTx.of(tx);
        Map<String, DeadlineRow> last = new TreeMap<>();
        rows.forEach(row -> last.put(row.subject() + "\n" + row.name(), row));
        return mine.statement(() -> mine.locked(DEADLINES, last.keySet())
                .onSuccess(held -> last.forEach(
                        (key, row) -> mine.write(DEADLINES, key, row.due() == null ? null : inMicros(row)))));
    }

    private static DeadlineRow inMicros(DeadlineRow row) {
        return new DeadlineRow(
                row.subject(),
                row.name(),
                micros(Objects.requireNonNull(row.due())),
                row.version(),
                row.commandType(),
                row.commandData());
    }

    @Override
    public Future<List<DeadlineRow>> dueDeadlines(Instant until, int limit) {
        return step(
                Step.STATEMENT,
                () -> Future.succeededFuture(deadlines().stream()
                        .filter(row -> !due(row).isAfter(until))
                        .limit(limit)
                        .toList()));
    }

    @Override
    public Future<Optional<Instant>> nextDeadline() {
        return step(
                Step.STATEMENT,
                () -> Future.succeededFuture(deadlines().stream().findFirst().map(MemoryMetastore::due)));
    }

    private List<DeadlineRow> deadlines() {
        return committed(DEADLINES).values().stream()
                .map(row -> (DeadlineRow) row)
                .sorted(Comparator.comparing(MemoryMetastore::due)
                        .thenComparing(DeadlineRow::subject)
                        .thenComparing(DeadlineRow::name))
                .toList();
    }

    private static Instant due(DeadlineRow row) {
        return Objects.requireNonNull(row.due());
    }

    // Journal

    @Override
    public Future<Position> append(Tx tx, List<NewEvent> events, Instant now) {
        MemoryTx mine = MemoryTx.of(tx);
        return mine.statement(() -> mine.locked(COUNTER, ONE).compose(held -> {
            if (mine.written.containsKey(COUNTER)) {
                return Future.failedFuture(new IllegalStateException("A transaction appends to the journal once"));
            }
            Counter counter = counter(mine);
            Instant time = counter.time().isAfter(micros(now)) ? counter.time() : micros(now);
            Position position = counter.position();
            for (NewEvent event : events) {
                position = position.next();
                mine.events.add(envelope(event, position, time));
            }
            mine.write(COUNTER, ONE, new Counter(position, time));
            return Future.succeededFuture(position);
        }));
    }

    private EventEnvelope<String> envelope(NewEvent event, Position position, Instant time) {
        return new EventEnvelope<>(
                event.id(),
                event.type(),
                service,
                time,
                event.subject(),
                position,
                event.version(),
                event.actor(),
                event.correlationId(),
                event.causationId(),
                event.commandId(),
                event.outcome(),
                event.commandDigest(),
                event.traceparent(),
                event.clearance(),
                event.data());
    }

    private static Counter counter(MemoryTx tx) {
        return (Counter) Objects.requireNonNull(tx.read(COUNTER, ONE));
    }

    @Override
    public Future<Position> position() {
        return step(Step.STATEMENT, () -> Future.succeededFuture(end()));
    }

    private Position end() {
        return ((Counter) Objects.requireNonNull(committed(COUNTER).get(ONE))).position();
    }

    @Override
    public Future<List<EventEnvelope<String>>> journal(Position after, int limit) {
        return step(Step.STATEMENT, () -> {
            // Sorted by position: the first one after it is found by halving.
            int from = 0;
            int to = journal.size();
            while (from < to) {
                int middle = (from + to) >>> 1;
                if (journal.get(middle).position().isAfter(after)) {
                    to = middle;
                } else {
                    from = middle + 1;
                }
            }
            return Future.succeededFuture(List.copyOf(journal.subList(from, Math.min(journal.size(), from + limit))));
        });
    }

    @Override
    public Future<List<EventEnvelope<String>>> history(Address subject, @Nullable Position upTo) {
        return step(
                Step.STATEMENT,
                () -> Future.succeededFuture(journal.stream()
                        .filter(event -> event.subject().equals(subject) && event.version() != null)
                        .filter(event -> upTo == null || !event.position().isAfter(upTo))
                        .toList()));
    }

    @Override
    public Future<Position> positionAt(Instant time) {
        return step(
                Step.STATEMENT,
                () -> Future.succeededFuture(journal.stream()
                        .filter(event -> !event.time().isAfter(time))
                        .reduce((one, next) -> next)
                        .map(EventEnvelope::position)
                        .orElse(Position.START)));
    }

    @Override
    public Future<Optional<EventEnvelope<String>>> outcome(String commandId) {
        return step(
                Step.STATEMENT,
                () -> Future.succeededFuture(journal.stream()
                        .filter(event -> commandId.equals(event.commandId()) && event.outcome() != null)
                        .findFirst()));
    }

    /** As after a restore: the journal goes on under an epoch above that one. */
    public Future<Position> raiseEpoch(long above) {
        return transaction(tx -> {
            MemoryTx mine = MemoryTx.of(tx);
            return mine.statement(() -> mine.locked(COUNTER, ONE).map(held -> {
                Counter counter = counter(mine);
                Position raised = new Position(
                        Math.max(counter.position().epoch(), above) + 1,
                        counter.position().n());
                mine.write(COUNTER, ONE, new Counter(raised, counter.time()));
                return raised;
            }));
        });
    }

    @Override
    public boolean isTransient(Throwable failure) {
        return failure instanceof Unavailable;
    }

    private TreeMap<String, Object> committed(String table) {
        return tables.computeIfAbsent(table, one -> new TreeMap<>());
    }

    private static Instant micros(Instant time) {
        return time.truncatedTo(ChronoUnit.MICROS);
    }

    /** Runs what it is given in order, one at a time, on the thread that brings the first. */
    private static final class OneAtATime implements Executor {

        private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
        private final AtomicInteger count = new AtomicInteger();

        @Override
        public void execute(Runnable step) {
            waiting.add(step);
            if (count.getAndIncrement() > 0) {
                return;
            }
            do {
                try {
                    Objects.requireNonNull(waiting.poll()).run();
                } catch (RuntimeException | Error failure) {
                    Thread current = Thread.currentThread();
                    current.getUncaughtExceptionHandler().uncaughtException(current, failure);
                }
            } while (count.decrementAndGet() > 0);
        }
    }
}
