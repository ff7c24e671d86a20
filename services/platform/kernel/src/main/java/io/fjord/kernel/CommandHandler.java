package io.fjord.kernel;

import io.fjord.codec.MessageTypes;
import io.fjord.codec.UnreadableMessage;
import io.fjord.contract.Address;
import io.fjord.contract.Clearance;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.kernel.DryRun.Foreseen;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides a batch of one partition in one transaction: offset row, inbox, load, decide, save, journal, offset.
 *
 * <p>Nothing but the database is awaited inside the transaction. A batch that breaks the database is bisected until the
 * culprit stands alone and is rejected with a dead letter; what can pass by waiting is waited out.
 */
public final class CommandHandler {

    private static final Logger log = LoggerFactory.getLogger(CommandHandler.class);
    private static final long FIRST_WAIT_MILLIS = 50;
    private static final long LONGEST_WAIT_MILLIS = 5_000;

    private final Delay delay;
    private final Metastore metastore;
    private final Registry registry;
    private final List<Guard> guards;
    private final DeadLetters deadLetters;
    private final Clock clock;
    private final Consumer<Instant> onDeadline;
    private final Map<Partition, Long> expected = new ConcurrentHashMap<>();

    /** @param onDeadline told of the due time of each deadline committed, so that a timer need not ask */
    public CommandHandler(
            Delay delay,
            Metastore metastore,
            MessageTypes types,
            List<Aggregate<?, ?, ?>> aggregates,
            List<Guard> guards,
            DeadLetters deadLetters,
            Clock clock,
            Consumer<Instant> onDeadline) {
        this.delay = delay;
        this.metastore = metastore;
        this.registry = new Registry(types, aggregates);
        this.guards = List.copyOf(guards);
        this.deadLetters = deadLetters;
        this.clock = clock;
        this.onDeadline = onDeadline;
    }

    /**
     * Handles a batch whole.
     *
     * @return the next offset to read; fails with {@link Fenced} if another handler has taken over
     */
    public Future<Long> handle(Partition partition, List<CommandRecord> batch) {
        if (batch.isEmpty()) {
            throw new IllegalArgumentException("An empty batch");
        }
        return prepare(partition, batch).compose(prepared -> attempt(partition, prepared, FIRST_WAIT_MILLIS));
    }

    /** The partition was given to this handler (again): it knows nothing yet of how far the partition is. */
    public void assigned(Partition partition) {
        expected.remove(partition);
    }

    /** Decides as {@link #handle} would and rolls back; the last record is the one asked about. */
    Future<Foreseen> rehearse(Partition partition, List<CommandRecord> records) {
        CommandEnvelope<byte[]> asked =
                Objects.requireNonNull(records.get(records.size() - 1).command());
        return Future.all(records.stream().map(record -> examine(record, true)).toList())
                .compose(findings -> withHistories(records, findings.list()))
                .compose(prepared -> metastore
                        .<Foreseen>transaction(tx -> work(tx, partition, prepared, true)
                                .compose(done ->
                                        Future.failedFuture(new RolledBack(done.foreseen(asked, records.size())))))
                        .recover(failure -> failure instanceof RolledBack rolledBack
                                ? Future.succeededFuture(rolledBack.foreseen)
                                : Future.failedFuture(failure)));
    }

    private static final class RolledBack extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Foreseen foreseen;

        RolledBack(Foreseen foreseen) {
            super("rolled back", null, false, false);
            this.foreseen = foreseen;
        }
    }

    // Before the transaction: read, guard, look up what a refused If-Match will want to tell

    /** A record ready to be decided: its command read, or the problem it is refused with. */
    record Prepared(
            CommandRecord record,
            @Nullable Object command,
            @Nullable Problem refused,
            Clearance clearance,
            List<EventEnvelope<String>> history) {

        Prepared refusedWith(Problem problem) {
            return new Prepared(record, command, problem, clearance, history);
        }
    }

    private Future<List<Prepared>> prepare(Partition partition, List<CommandRecord> batch) {
        return Future.all(batch.stream().map(record -> examine(record, false)).toList())
                .compose(findings -> withHistories(batch, findings.list()))
                .compose(prepared -> buryUndecodable(partition, prepared));
    }

    /** All that the guards say, until one refuses. */
    private Future<Finding> examine(CommandRecord record, boolean rehearsal) {
        CommandEnvelope<byte[]> command = record.command();
        Future<Finding> all = Future.succeededFuture(Finding.FINE);
        if (command == null) {
            return all;
        }
        for (Guard guard : guards) {
            all = all.compose(before -> before.refusal().isPresent()
                    ? Future.succeededFuture(before)
                    : guard.examine(command, rehearsal).map(before::and));
        }
        return all;
    }

    private Future<List<Prepared>> withHistories(List<CommandRecord> batch, List<Finding> findings) {
        List<Future<Prepared>> all = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            all.add(withHistory(batch.get(i), findings.get(i)));
        }
        return Future.all(all).map(done -> done.list());
    }

    private Future<Prepared> withHistory(CommandRecord record, Finding finding) {
        CommandEnvelope<byte[]> command = record.command();
        if (command == null) {
            return Future.succeededFuture(new Prepared(record, null, record.unreadable(), Clearance.NONE, List.of()));
        }
        Prepared plain = registry.read(record, finding);
        if (command.expectedVersion() == null) {
            return Future.succeededFuture(plain);
        }
        return metastore
                .history(command.subject(), null)
                .map(history -> new Prepared(record, plain.command(), plain.refused(), plain.clearance(), history));
    }

    private Future<List<Prepared>> buryUndecodable(Partition partition, List<Prepared> all) {
        Future<Void> buried = Future.succeededFuture();
        for (Prepared one : all) {
            CommandEnvelope<byte[]> command = one.record().command();
            Problem problem = one.refused();
            if (command != null
                    && one.command() == null
                    && problem != null
                    && one.record().unreadable() == null) {
                buried = buried.compose(
                        ok -> deadLetters.add(partition, one.record().offset(), command, problem));
            }
        }
        return buried.map(all);
    }

    // The transaction, until it holds

    private Future<Long> attempt(Partition partition, List<Prepared> batch, long wait) {
        long next = batch.get(batch.size() - 1).record().offset() + 1;
        return metastore
                .transaction(tx -> work(tx, partition, batch, false))
                .map(done -> {
                    CrashPoint.AFTER_DATABASE_COMMIT.here();
                    expected.put(partition, done.next());
                    done.deadlines().forEach(onDeadline);
                    return next;
                })
                .recover(failure -> recover(partition, batch, wait, failure));
    }

    private Future<Long> recover(Partition partition, List<Prepared> batch, long wait, Throwable failure) {
        if (failure instanceof Fenced) {
            expected.remove(partition);
            return Future.failedFuture(failure);
        }
        if (failure instanceof VersionConflict) {
            return attempt(partition, batch, FIRST_WAIT_MILLIS);
        }
        if (failure instanceof Poison poison) {
            return bury(partition, batch, poison.offset, poison.getCause());
        }
        if (metastore.isTransient(failure)) {
            log.atWarn()
                    .addKeyValue("topic", partition.topic())
                    .addKeyValue("partition", partition.number())
                    .setCause(failure)
                    .log("The database does not answer; the batch waits");
            return delay.millis(wait).compose(ok -> attempt(partition, batch, Math.min(2 * wait, LONGEST_WAIT_MILLIS)));
        }
        if (batch.size() == 1) {
            if (batch.get(0).refused() != null) {
                return Future.failedFuture(failure);
            }
            return bury(partition, batch, batch.get(0).record().offset(), failure);
        }
        int half = batch.size() / 2;
        return attempt(partition, batch.subList(0, half), FIRST_WAIT_MILLIS)
                .compose(ok -> attempt(partition, batch.subList(half, batch.size()), FIRST_WAIT_MILLIS));
    }

    private Future<Long> bury(Partition partition, List<Prepared> batch, long offset, @Nullable Throwable cause) {
        List<Prepared> without = new ArrayList<>();
        Future<Void> buried = Future.succeededFuture();
        for (Prepared one : batch) {
            if (one.record().offset() != offset) {
                without.add(one);
                continue;
            }
            CommandEnvelope<byte[]> command =
                    Objects.requireNonNull(one.record().command());
            Problem problem = KernelProblems.internalError();
            log.atError()
                    .addKeyValue("messageId", command.id())
                    .addKeyValue("subject", command.subject())
                    .addKeyValue("topic", partition.topic())
                    .addKeyValue("partition", partition.number())
                    .addKeyValue("offset", offset)
                    .setCause(cause)
                    .log("A command broke its decision and is rejected");
            buried = deadLetters.add(partition, offset, command, problem);
            without.add(one.refusedWith(problem));
        }
        return buried.compose(ok -> attempt(partition, without, FIRST_WAIT_MILLIS));
    }

    /** One command whose decision throws, found without the database. */
    static final class Poison extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final long offset;

        Poison(long offset, Throwable cause) {
            super("The decision of the command at offset " + offset + " threw", cause);
            this.offset = offset;
        }
    }

    // Inside the transaction

    private Future<Done> work(Tx tx, Partition partition, List<Prepared> batch, boolean rehearsal) {
        return metastore.lockOffset(tx, partition).compose(next -> {
            List<Prepared> unread =
                    batch.stream().filter(one -> one.record().offset() >= next).toList();
            if (!rehearsal) {
                Long known = expected.get(partition);
                if (unread.isEmpty()) {
                    // All of it was handled by another before: from now on this one goes on where that one stands.
                    return Future.succeededFuture(Done.nothing(next));
                }
                if (known != null && !known.equals(next)) {
                    return Future.failedFuture(new Fenced(partition + " was at " + known + " and is at " + next));
                }
            }
            return decideAll(tx, unread).compose(batchOf -> save(tx, partition, unread, batchOf));
        });
    }

    private Future<Batch> decideAll(Tx tx, List<Prepared> unread) {
        List<Prepared> readable =
                unread.stream().filter(one -> one.record().command() != null).toList();
        List<String> ids = readable.stream()
                .map(one -> Objects.requireNonNull(one.record().command()).id())
                .distinct()
                .toList();
        Batch batch = new Batch(registry, clock.instant().truncatedTo(ChronoUnit.MICROS));
        return metastore
                .handled(tx, ids)
                .compose(handled -> {
                    batch.skip(handled.keySet());
                    return metastore.lockQuotas(tx, domains(readable));
                })
                .compose(quotas -> {
                    batch.quotas(quotas);
                    Set<String> wanted = names(readable);
                    return wanted.isEmpty() ? Future.succeededFuture(Names.NONE) : metastore.lockNames(tx, wanted);
                })
                .compose(names -> {
                    batch.names(names);
                    return loadAll(tx, readable, batch);
                })
                .map(loaded -> {
                    readable.forEach(batch::decide);
                    return batch;
                });
    }

    private TreeSet<String> domains(List<Prepared> readable) {
        TreeSet<String> domains = new TreeSet<>();
        for (Prepared one : readable) {
            if (one.command() != null
                    && !registry.aggregateOf(one.command()).quotas().isEmpty()) {
                domains.add(
                        Objects.requireNonNull(one.record().command()).subject().domain());
            }
        }
        return domains;
    }

    private TreeSet<String> names(List<Prepared> readable) {
        TreeSet<String> names = new TreeSet<>();
        for (Prepared one : readable) {
            if (one.command() != null) {
                names.addAll(wants(registry.aggregateOf(one.command()), one.command()));
            }
        }
        return names;
    }

    @SuppressWarnings("unchecked") // the registry found the aggregate by the command's class
    private static <C, S, E> Set<String> wants(Aggregate<C, S, E> aggregate, Object command) {
        return aggregate.decider().wants((C) command);
    }

    private Future<Void> loadAll(Tx tx, List<Prepared> readable, Batch batch) {
        Map<Aggregate<?, ?, ?>, TreeSet<Address>> wanted = new LinkedHashMap<>();
        for (Prepared one : readable) {
            if (one.command() != null) {
                wanted.computeIfAbsent(registry.aggregateOf(one.command()), a -> new TreeSet<>())
                        .add(Objects.requireNonNull(one.record().command()).subject());
            }
        }
        Future<Void> loaded = Future.succeededFuture();
        for (var entry : wanted.entrySet()) {
            loaded = loaded.compose(ok -> load(tx, entry.getKey(), entry.getValue(), batch));
        }
        return loaded;
    }

    private static <S> Future<Void> load(Tx tx, Aggregate<?, S, ?> aggregate, TreeSet<Address> subjects, Batch batch) {
        return aggregate.store().loadAll(tx, subjects).map(found -> {
            for (Address subject : subjects) {
                Stored<S> stored = found.get(subject);
                batch.loaded(aggregate, subject, stored == null ? aggregate.initial(subject) : stored);
            }
            return null;
        });
    }

    private Future<Done> save(Tx tx, Partition partition, List<Prepared> unread, Batch batch) {
        Instant now = batch.now();
        long next = unread.get(unread.size() - 1).record().offset() + 1;
        return batch.saveQuotas(metastore, tx)
                .compose(ok -> batch.saveNames(metastore, tx))
                .compose(ok -> batch.saveStates(tx))
                .compose(ok -> {
                    List<Metastore.DeadlineRow> deadlines = batch.deadlines();
                    return deadlines.isEmpty() ? Future.succeededFuture() : metastore.saveDeadlines(tx, deadlines);
                })
                .compose(ok -> batch.digests().isEmpty()
                        ? Future.succeededFuture()
                        : metastore.remember(tx, batch.digests(), now))
                .compose(ok -> metastore.writeOffset(tx, partition, next))
                .compose(ok -> batch.events().isEmpty()
                        ? Future.succeededFuture(Position.START)
                        : metastore.append(tx, batch.events(), now))
                .map(position -> {
                    CrashPoint.BEFORE_DATABASE_COMMIT.here();
                    return new Done(next, batch.events(), position, now, batch.dueTimes());
                });
    }

    /** What a transaction did, if it commits, and the offset row after it. */
    private record Done(long next, List<NewEvent> events, Position last, Instant now, List<Instant> deadlines) {

        static Done nothing(long next) {
            return new Done(next, List.of(), Position.START, Instant.EPOCH, List.of());
        }

        Foreseen foreseen(CommandEnvelope<byte[]> asked, int records) {
            long before = last.n() - events.size();
            List<EventEnvelope<String>> own = new ArrayList<>();
            for (int i = 0; i < events.size(); i++) {
                NewEvent event = events.get(i);
                if (asked.id().equals(event.commandId())) {
                    own.add(new EventEnvelope<>(
                            event.id(),
                            event.type(),
                            asked.source(),
                            now,
                            event.subject(),
                            new Position(last.epoch(), before + i + 1),
                            event.version(),
                            event.actor(),
                            event.correlationId(),
                            event.causationId(),
                            event.commandId(),
                            event.outcome(),
                            event.commandDigest(),
                            event.traceparent(),
                            event.clearance(),
                            event.data()));
                }
            }
            return new Foreseen(new Position(last.epoch(), before), records - 1, own);
        }
    }

    /** Which aggregate a command belongs to, and how its data is read. */
    static final class Registry {

        final MessageTypes types;
        private final Map<Class<?>, Aggregate<?, ?, ?>> byCommand = new HashMap<>();

        Registry(MessageTypes types, List<Aggregate<?, ?, ?>> aggregates) {
            this.types = types;
            for (Aggregate<?, ?, ?> aggregate : aggregates) {
                for (Class<?> command :
                        Objects.requireNonNull(aggregate.commands().getPermittedSubclasses())) {
                    byCommand.put(command, aggregate);
                }
            }
        }

        Aggregate<?, ?, ?> aggregateOf(Object command) {
            return Objects.requireNonNull(byCommand.get(command.getClass()));
        }

        Prepared read(CommandRecord record, Finding finding) {
            CommandEnvelope<byte[]> envelope = Objects.requireNonNull(record.command());
            if (record.unreadable() != null) {
                return new Prepared(record, null, record.unreadable(), Clearance.NONE, List.of());
            }
            try {
                Object command = types.read(envelope.type(), envelope.data());
                Aggregate<?, ?, ?> aggregate = byCommand.get(command.getClass());
                if (aggregate == null) {
                    return unreadable(record, "'" + envelope.type() + "' is not a command of this service");
                }
                if (!aggregate.kind().equals(envelope.subject().kind())) {
                    return unreadable(
                            record,
                            "'" + envelope.type() + "' is about a " + aggregate.kind() + ", its subject "
                                    + envelope.subject() + " is not");
                }
                return new Prepared(record, command, finding.refusal().orElse(null), finding.clearance(), List.of());
            } catch (UnreadableMessage e) {
                return unreadable(record, Objects.requireNonNull(e.getMessage()));
            }
        }

        private static Prepared unreadable(CommandRecord record, String why) {
            return new Prepared(record, null, KernelProblems.unreadableCommand(why), Clearance.NONE, List.of());
        }
    }
}
