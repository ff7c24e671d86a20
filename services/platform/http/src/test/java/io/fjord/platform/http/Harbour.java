package io.fjord.platform.http;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Clearance;
import io.fjord.contract.Clearance.Warning;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Problem;
import io.fjord.contract.controlpolicies.guardrail.GuardrailMode;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.CommandHandler;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.CommandRecord;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Delay;
import io.fjord.kernel.Finding;
import io.fjord.kernel.Guard;
import io.fjord.kernel.Outcomes;
import io.fjord.kernel.Partition;
import io.fjord.kernel.PlatformMessages;
import io.fjord.kernel.Rehearsal;
import io.fjord.testing.MemoryMetastore;
import io.fjord.testing.MemoryStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A service with boats in it: the real command handler on a metastore in memory, behind a log of one partition. */
final class Harbour implements CommandLog, Outcomes, Rehearsal.UnreadCommands {

    sealed interface BoatCommand {
        record CreateBoat(String size) implements BoatCommand {}

        record PaintBoat(String colour) implements BoatCommand {}
    }

    sealed interface BoatEvent {
        record BoatCreated(String size) implements BoatEvent {}

        record BoatPainted(String colour) implements BoatEvent {}
    }

    record Boat(String size, String colour) {}

    private static final class BoatDecider implements Decider<BoatCommand, Boat, BoatEvent> {

        @Override
        public Boat initial(Address subject) {
            return new Boat("", "");
        }

        @Override
        public Decision<BoatEvent> decide(BoatCommand command, Boat boat, Context context) {
            if (command instanceof BoatCommand.CreateBoat create) {
                return boat.size().isEmpty()
                        ? Decision.accept(new BoatEvent.BoatCreated(create.size()))
                        : Decision.reject(
                                Problem.of("boat-already-exists", 409, "Boat already exists", "Take another."));
            }
            String colour = ((BoatCommand.PaintBoat) command).colour();
            return colour.equals(boat.colour())
                    ? Decision.noEffect("It is " + colour + " already")
                    : Decision.accept(new BoatEvent.BoatPainted(colour));
        }

        @Override
        public Boat evolve(Boat boat, BoatEvent event) {
            return event instanceof BoatEvent.BoatCreated created
                    ? new Boat(created.size(), "")
                    : new Boat(boat.size(), ((BoatEvent.BoatPainted) event).colour());
        }
    }

    /** Warns of what is tiny. */
    private static final class Watch implements Guard {
        @Override
        public Future<Optional<Problem>> check(CommandEnvelope<byte[]> command) {
            return Future.succeededFuture(Optional.empty());
        }

        @Override
        public Future<Finding> examine(CommandEnvelope<byte[]> command, boolean rehearsal) {
            boolean tiny = new String(command.data(), StandardCharsets.UTF_8).contains("XS");
            return Future.succeededFuture(new Finding(
                    Optional.empty(),
                    new Clearance(
                            "iam=1:7",
                            tiny
                                    ? List.of(new Warning(
                                            "default/guardrail/small",
                                            rehearsal ? GuardrailMode.AUDIT : GuardrailMode.WARN,
                                            "Tiny."))
                                    : List.of())));
        }
    }

    static final Partition PARTITION = new Partition("fjord.boats.commands", 0);

    final MessageTypes types =
            PlatformMessages.types().add("boats", "boat", BoatCommand.class).add("boats", "boat", BoatEvent.class);
    final MemoryMetastore metastore = new MemoryMetastore("boats");
    final List<CommandEnvelope<byte[]>> log = new ArrayList<>();
    private final Map<String, List<Promise<Optional<EventEnvelope<byte[]>>>>> waiting = new ConcurrentHashMap<>();
    private final CommandHandler handler = new CommandHandler(
            Delay.of(Web.VERTX),
            metastore,
            types,
            List.of(new Aggregate<>(
                    "boat",
                    BoatCommand.class,
                    BoatEvent.class,
                    new BoatDecider(),
                    new MemoryStore<>("boat"),
                    Set.of())),
            List.of(new Watch()),
            (partition, offset, command, problem) -> Future.succeededFuture(),
            Clock.systemUTC(),
            due -> {});

    private Future<?> handled = Future.succeededFuture();
    private int next;

    /** The broker does not answer: what it was sent it keeps all the same. */
    volatile boolean brokerSilent;

    /** Commands stay on the log, and nobody handles them. */
    volatile boolean asleep;

    /** Outcomes are not announced, as if the relay were down. */
    volatile boolean relayDown;

    CommandRoutes routes() {
        return new CommandRoutes(this, this, metastore, types, new Rehearsal(handler, metastore, this), "boats");
    }

    @Override
    public synchronized Future<Appended> append(String service, CommandEnvelope<byte[]> command) {
        log.add(command);
        int offset = log.size() - 1;
        wake();
        return brokerSilent
                ? Future.failedFuture(new NotAcknowledged(Duration.ofSeconds(3), new RuntimeException("time-out")))
                : Future.succeededFuture(new Appended(0, offset));
    }

    /** Handles what is on the log. */
    synchronized void wake() {
        if (asleep) {
            return;
        }
        handled = handled.transform(before -> {
            List<CommandRecord> batch = unread();
            return batch.isEmpty()
                    ? Future.succeededFuture()
                    : handler.handle(PARTITION, batch).compose(ok -> announce(batch));
        });
    }

    private synchronized List<CommandRecord> unread() {
        List<CommandRecord> batch = new ArrayList<>();
        for (; next < log.size(); next++) {
            batch.add(CommandRecord.of(next, log.get(next)));
        }
        return batch;
    }

    private Future<?> announce(List<CommandRecord> batch) {
        if (relayDown) {
            return Future.succeededFuture();
        }
        return Future.all(batch.stream()
                .map(record -> metastore.outcome(record.command().id()).onSuccess(event -> {
                    var found = event.map(e -> e.with(e.data().getBytes(StandardCharsets.UTF_8)));
                    List<Promise<Optional<EventEnvelope<byte[]>>>> all =
                            waiting.remove(record.command().id());
                    if (all != null) {
                        all.forEach(one -> one.tryComplete(found));
                    }
                }))
                .toList());
    }

    @Override
    public Future<Optional<EventEnvelope<byte[]>>> await(String commandId, Duration atMost) {
        Promise<Optional<EventEnvelope<byte[]>>> outcome = Promise.promise();
        waiting.compute(commandId, (id, before) -> {
            List<Promise<Optional<EventEnvelope<byte[]>>>> all = new ArrayList<>(before == null ? List.of() : before);
            all.add(outcome);
            return all;
        });
        return outcome.future()
                .timeout(atMost.toMillis(), TimeUnit.MILLISECONDS)
                .otherwise(Optional.empty());
    }

    @Override
    public Partition partitionOf(Address subject) {
        return PARTITION;
    }

    @Override
    public synchronized Future<List<CommandRecord>> from(Partition partition, long offset) {
        List<CommandRecord> unread = new ArrayList<>();
        for (int i = (int) offset; i < log.size(); i++) {
            unread.add(CommandRecord.of(i, log.get(i)));
        }
        return Future.succeededFuture(unread);
    }

    synchronized int logged() {
        return log.size();
    }
}
