package io.fjord.ingest.eventstream;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.ingest.eventstream.EventStreamCommand;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.ChangeEventStream;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.CreateEventStream;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.DeleteEventStream;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.ExpireEventStreamState;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.ReportEventStreamFailed;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.ReportEventStreamReady;
import io.fjord.contract.ingest.eventstream.EventStreamEvent;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamChanged;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamCreated;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamDeleted;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamFailed;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamReady;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The rules of event streams. */
final class EventStreamDecider implements Decider<EventStreamCommand, EventStream, EventStreamEvent> {

    private static final Duration TOPICS_WITHIN = Duration.ofMinutes(2);

    @Override
    public EventStream initial(Address subject) {
        return EventStream.absent(subject);
    }

    @Override
    public EventStream evolve(EventStream state, EventStreamEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<EventStreamEvent> decide(EventStreamCommand command, EventStream state, Context context) {
        return command.match(new Rules(state, context));
    }

    @Override
    public Optional<Deadline<EventStreamCommand>> deadline(EventStream state, long version) {
        Instant due = state.deadline();
        return due == null ? Optional.empty() : Optional.of(new Deadline<>(due, new ExpireEventStreamState(due)));
    }

    private record Rules(EventStream stream, Context context)
            implements EventStreamCommand.Cases<Decision<EventStreamEvent>> {

        @Override
        public Decision<EventStreamEvent> on(CreateEventStream command) {
            if (stream.there()) {
                return Decision.reject(EventStreamProblems.alreadyExists(stream.address()));
            }
            Optional<Problem> wrong = EventStreamProblems.of(command.settings());
            if (wrong.isPresent()) {
                return Decision.reject(wrong.get());
            }
            return Decision.accept(new EventStreamCreated(
                    stream.id().isEmpty() ? context.newId().get() : stream.id(),
                    command.settings(),
                    stream.generation() + 1,
                    context.now(),
                    context.now().plus(TOPICS_WITHIN)));
        }

        @Override
        public Decision<EventStreamEvent> on(ChangeEventStream command) {
            if (!stream.there()) {
                return missing();
            }
            Optional<Problem> wrong = EventStreamProblems.of(command.settings());
            if (wrong.isPresent()) {
                return Decision.reject(wrong.get());
            }
            if (command.settings().partitions() < stream.settings().partitions()) {
                return Decision.reject(
                        EventStreamProblems.fewerPartitions(stream.settings().partitions()));
            }
            // What failed is tried again, also with the same words.
            if (command.settings().equals(stream.settings()) && stream.phase() != StreamPhase.FAILED) {
                return Decision.noEffect("It is just so already");
            }
            return Decision.accept(new EventStreamChanged(
                    command.settings(), stream.generation() + 1, context.now().plus(TOPICS_WITHIN)));
        }

        @Override
        public Decision<EventStreamEvent> on(DeleteEventStream command) {
            return stream.there()
                    ? Decision.accept(new EventStreamDeleted(stream.generation(), stream.topics()))
                    : missing();
        }

        @Override
        public Decision<EventStreamEvent> on(ReportEventStreamReady command) {
            if (stale(command.generation()) || stream.phase() == StreamPhase.ACTIVE) {
                return Decision.noEffect("It is past that");
            }
            return Decision.accept(new EventStreamReady(command.generation(), command.topics()));
        }

        @Override
        public Decision<EventStreamEvent> on(ReportEventStreamFailed command) {
            if (stale(command.generation()) || stream.phase() != StreamPhase.PREPARING) {
                return Decision.noEffect("It is past that");
            }
            return Decision.accept(new EventStreamFailed(command.generation(), command.reason()));
        }

        @Override
        public Decision<EventStreamEvent> on(ExpireEventStreamState command) {
            return command.deadline().equals(stream.deadline())
                    ? Decision.accept(new EventStreamFailed(stream.generation(), "Its topics were not there in time"))
                    : Decision.noEffect("It is past that");
        }

        private boolean stale(long generation) {
            return !stream.there() || generation != stream.generation();
        }

        private Decision<EventStreamEvent> missing() {
            return Decision.reject(EventStreamProblems.notFound(stream.address()));
        }
    }
}
