package io.fjord.contract.ingest.eventstream;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can be wished of an event stream. */
public sealed interface EventStreamCommand {

    <R> R match(Cases<R> cases);

    record CreateEventStream(StreamSettings settings) implements EventStreamCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Let it be as said here from now on; partitions can only become more. */
    record ChangeEventStream(StreamSettings settings) implements EventStreamCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Take it away with all events in it. */
    record DeleteEventStream() implements EventStreamCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * Fact from ingest: the topics are as this generation of the settings wants them.
     *
     * @param topics their ids at the broker; null from before they were told
     */
    record ReportEventStreamReady(long generation, @Nullable List<String> topics) implements EventStreamCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Fact from ingest: the topics could not be made so. */
    record ReportEventStreamFailed(long generation, String reason) implements EventStreamCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** This deadline has passed; it means nothing if the state has another by now. */
    record ExpireEventStreamState(Instant deadline) implements EventStreamCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateEventStream command);

        R on(ChangeEventStream command);

        R on(DeleteEventStream command);

        R on(ReportEventStreamReady command);

        R on(ReportEventStreamFailed command);

        R on(ExpireEventStreamState command);
    }
}
