package io.fjord.testing;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.CommandHandler;
import io.fjord.kernel.CommandRecord;
import io.fjord.kernel.Context;
import io.fjord.kernel.DeadLetters;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Fenced;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Partition;
import io.fjord.kernel.PlatformMessages;
import io.fjord.kernel.Stored;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * One simulated run: commands on a partition, handlers that die and wake up as zombies, a database that fails at any step; the
 * seed decides the order of everything. Ends with a check of what was promised.
 */
final class CrashSchedule {

    private static final Partition PARTITION = new Partition("fjord.tally.commands", 0);

    // A tally: the smallest aggregate in which applying twice, or not at all, shows

    sealed interface TallyCommand {
        record Add(int amount) implements TallyCommand {}

        record Explode() implements TallyCommand {}
    }

    sealed interface TallyEvent {
        record Added(int amount) implements TallyEvent {}
    }

    record Tally(int sum) {}

    private static final class TallyDecider implements Decider<TallyCommand, Tally, TallyEvent> {
        @Override
        public Tally initial(Address subject) {
            return new Tally(0);
        }

        @Override
        public Decision<TallyEvent> decide(TallyCommand command, Tally state, Context context) {
            if (!(command instanceof TallyCommand.Add add)) {
                throw new IllegalStateException("boom");
            }
            if (add.amount() == 0) {
                return Decision.noEffect("nothing to add");
            }
            return add.amount() < 0
                    ? Decision.reject(Problem.of("negative", 409, "Negative", "Add, do not take away."))
                    : Decision.accept(new TallyEvent.Added(add.amount()));
        }

        @Override
        public Tally evolve(Tally state, TallyEvent event) {
            return new Tally(state.sum() + ((TallyEvent.Added) event).amount());
        }
    }

    private final Random random;
    private final UnaryOperator<Metastore> bug;
    private final List<Runnable> steps = new ArrayList<>();
    private final MemoryMetastore metastore = new MemoryMetastore("tally", this::later);
    private final MessageTypes types =
            PlatformMessages.types().add("tally", "tally", TallyCommand.class).add("tally", "tally", TallyEvent.class);
    private final Aggregate<TallyCommand, Tally, TallyEvent> aggregate = new Aggregate<>(
            "tally", TallyCommand.class, TallyEvent.class, new TallyDecider(), new MemoryStore<>("tally"), Set.of());
    private final List<CommandEnvelope<byte[]>> log = new ArrayList<>();
    private final Set<Long> deadLetters = new HashSet<>();
    private final List<Process> processes = new ArrayList<>();
    private boolean calm;

    /** @param bug what the handler gets instead of the metastore, to see that the check notices */
    CrashSchedule(long seed, UnaryOperator<Metastore> bug) {
        this.random = new Random(seed);
        this.bug = bug;
        for (int i = 0, n = 5 + random.nextInt(25); i < n; i++) {
            boolean retry = !log.isEmpty() && random.nextInt(5) == 0;
            log.add(retry ? log.get(random.nextInt(log.size())) : command(i));
        }
    }

    private CommandEnvelope<byte[]> command(int i) {
        TallyCommand command =
                random.nextInt(15) == 0 ? new TallyCommand.Explode() : new TallyCommand.Add(random.nextInt(12) - 1);
        Address subject = Address.parse("default/tally/t" + random.nextInt(3));
        return new CommandEnvelope<>(
                "command-" + i,
                types.typeOf(command),
                "test",
                Instant.EPOCH,
                subject,
                "user:test",
                "c",
                null,
                null,
                null,
                Json.bytes(command));
    }

    /** @return what was promised and does not hold; empty if all does */
    List<String> run() {
        metastore.fail(step -> !calm && random.nextInt(40) == 0 ? new MemoryMetastore.Unavailable("by chance") : null);
        processes.add(new Process());
        for (int crashes = 0, turns = 0; turns < 400; turns++) {
            if (crashes < 4 && random.nextInt(60) == 0) {
                crashes++;
                processes.get(random.nextInt(processes.size())).die();
                processes.add(new Process());
            } else if (processes.size() < 4 && random.nextInt(120) == 0) {
                processes.add(new Process());
            }
            step();
        }
        calm = true;
        processes.forEach(Process::die);
        drain();
        processes.add(new Process());
        drain();
        return faults();
    }

    private void later(Runnable step) {
        steps.add(step);
    }

    private void step() {
        if (!steps.isEmpty()) {
            steps.remove(random.nextInt(steps.size())).run();
        }
    }

    private void drain() {
        for (int turns = 0; !steps.isEmpty(); turns++) {
            if (turns > 200_000) {
                throw new IllegalStateException("The schedule does not come to an end");
            }
            step();
        }
    }

    /** A handler and the loop that feeds it; after its death nothing of it goes on. */
    private final class Process {

        private boolean alive = true;
        private final CommandHandler handler = new CommandHandler(
                millis -> {
                    Promise<Void> waited = Promise.promise();
                    later(() -> {
                        if (alive) {
                            waited.complete();
                        }
                    });
                    return waited.future();
                },
                bug.apply(new OfProcess(metastore, () -> alive)),
                types,
                List.of(aggregate),
                List.of(),
                (DeadLetters) (partition, offset, command, problem) -> {
                    deadLetters.add(offset);
                    return Future.succeededFuture();
                },
                Clock.fixed(Instant.parse("2026-11-21T09:00:00Z"), java.time.ZoneOffset.UTC),
                due -> {});

        Process() {
            assigned();
        }

        void die() {
            alive = false;
            // Its connections are cut; whoever else is connected feels it too.
            metastore.crash().onFailure(e -> {});
        }

        private void assigned() {
            handler.assigned(PARTITION);
            metastore.offset(PARTITION).onComplete(offset -> {
                if (!alive) {
                    return;
                }
                if (offset.failed()) {
                    later(this::assigned);
                } else {
                    poll(offset.result());
                }
            });
        }

        private void poll(long from) {
            if (!alive || from >= log.size()) {
                return;
            }
            List<CommandRecord> batch = new ArrayList<>();
            long to = Math.min(log.size(), from + 1 + random.nextInt(8));
            for (long offset = from; offset < to; offset++) {
                batch.add(CommandRecord.of(offset, log.get((int) offset)));
            }
            handler.handle(PARTITION, batch).onComplete(next -> {
                if (!alive) {
                    return;
                }
                if (next.succeeded()) {
                    later(() -> poll(next.result()));
                } else if (next.cause() instanceof Fenced) {
                    later(this::assigned);
                } else {
                    later(() -> poll(from));
                }
            });
        }
    }

    private List<String> faults() {
        List<String> faults = new ArrayList<>();
        List<EventEnvelope<String>> journal = now(metastore.journal(new Position(1, 0), 100_000));
        for (int i = 0; i < journal.size(); i++) {
            if (journal.get(i).position().n() != i + 1) {
                faults.add("position " + journal.get(i).position() + " stands at place " + (i + 1));
            }
        }
        Map<String, Integer> outcomes = new HashMap<>();
        Map<Address, Integer> sums = new HashMap<>();
        for (EventEnvelope<String> event : journal) {
            if (event.outcome() != null) {
                outcomes.merge(String.valueOf(event.commandId()), 1, Integer::sum);
            }
            if (types.read(event.type(), event.data()) instanceof TallyEvent.Added added) {
                sums.merge(event.subject(), added.amount(), Integer::sum);
            }
        }
        Set<String> wished = new LinkedHashSet<>();
        Map<Address, Integer> wanted = new HashMap<>();
        for (CommandEnvelope<byte[]> command : log) {
            boolean first = wished.add(command.id());
            if (first
                    && types.read(command.type(), command.data()) instanceof TallyCommand.Add add
                    && add.amount() > 0) {
                wanted.merge(command.subject(), add.amount(), Integer::sum);
            }
        }
        for (String id : wished) {
            int count = outcomes.getOrDefault(id, 0);
            if (count != 1) {
                faults.add(id + " has " + count + " outcomes");
            }
        }
        if (!sums.equals(wanted)) {
            faults.add("the journal tells of " + sums + ", wished was " + wanted);
        }
        Map<Address, Integer> rows = new HashMap<>();
        now(metastore.rows("tally")).forEach((key, row) -> {
            if (row instanceof Stored<?> stored && stored.state() instanceof Tally tally) {
                rows.put(Address.parse(key), tally.sum());
            }
        });
        if (!rows.equals(sums)) {
            faults.add("the rows hold " + rows + ", the journal folds to " + sums);
        }
        if (now(metastore.offset(PARTITION)) != log.size()) {
            faults.add("the offset row stands at " + now(metastore.offset(PARTITION)) + " of " + log.size());
        }
        return faults;
    }

    private <T> T now(Future<T> future) {
        drain();
        if (!future.isComplete()) {
            throw new IllegalStateException("The database does not answer");
        }
        return future.result();
    }
}
