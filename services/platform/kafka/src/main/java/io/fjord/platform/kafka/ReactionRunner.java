package io.fjord.platform.kafka;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.CommandLog.NotAcknowledged;
import io.fjord.kernel.Journals;
import io.fjord.kernel.Projection;
import io.fjord.kernel.Reaction;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Runs a reaction: the commands an event leads to are on the log before the position moves past it; a repetition sends the
 * same commands again, under the same ids.
 */
public final class ReactionRunner {

    private final ProjectionRunner runner;

    /**
     * @param isTransient of failures of the positions; a broker that does not answer is waited for in any case
     * @param parked where events are kept on which the reaction throws
     */
    public ReactionRunner(
            Vertx vertx,
            KafkaConfig config,
            Reaction reaction,
            Reaction.Positions positions,
            CommandLog commands,
            Journals journals,
            Predicate<Throwable> isTransient,
            ParkedEvents parked,
            MeterRegistry metrics) {
        this.runner = new ProjectionRunner(
                vertx,
                config,
                new Following(reaction, positions, commands),
                journals,
                failure -> failure instanceof NotAcknowledged || isTransient.test(failure),
                parked,
                metrics);
    }

    public ReactionRunner start() {
        var unused = runner.start();
        return this;
    }

    public Future<Void> caughtUp() {
        return runner.caughtUp();
    }

    public Future<Void> stop() {
        return runner.stop();
    }

    /** A reaction read as a projection whose view is the command log. */
    private record Following(
            Reaction reaction, Reaction.Positions positions, CommandLog commands, Map<String, Position> reacted)
            implements Projection {

        Following(Reaction reaction, Reaction.Positions positions, CommandLog commands) {
            this(reaction, positions, commands, new ConcurrentHashMap<>());
        }

        @Override
        public String name() {
            return "reaction-" + reaction.name();
        }

        @Override
        public Set<String> services() {
            return reaction.services();
        }

        @Override
        public Future<Position> position(String service) {
            return positions.position(reaction.name(), service).onSuccess(position -> reacted.put(service, position));
        }

        @Override
        public Future<Void> apply(String service, List<EventEnvelope<byte[]>> events) {
            Position before = reacted.getOrDefault(service, Position.START);
            Future<Void> sent = Future.succeededFuture();
            for (EventEnvelope<byte[]> event : events) {
                if (event.position().isAfter(before)) {
                    sent = sent.compose(ok -> reaction.on(event)).compose(this::send);
                }
            }
            Position last = events.get(events.size() - 1).position();
            if (!last.isAfter(before)) {
                return sent;
            }
            return sent.compose(ok -> positions.save(reaction.name(), service, last))
                    .onSuccess(ok -> reacted.put(service, last));
        }

        private Future<Void> send(List<CommandEnvelope<byte[]>> wished) {
            Future<Void> sent = Future.succeededFuture();
            for (CommandEnvelope<byte[]> command : wished) {
                sent = sent.compose(
                        ok -> commands.append(owner(command.type()), command).mapEmpty());
            }
            return sent;
        }

        /** What was reacted to stays so: after a restore only what is new leads to commands. */
        @Override
        public Future<Void> reset(String service) {
            return Future.succeededFuture();
        }

        /** {@code fjord.<service>.…} */
        private static String owner(String type) {
            return type.split("\\.", 3)[1];
        }
    }
}
