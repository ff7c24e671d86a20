package io.fjord.contract.ingest.eventstream;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can have happened to an event stream. */
public sealed interface EventStreamEvent {

    <R> R match(Cases<R> cases);

    /**
     * @param id stable through deletion and re-creation under the same name
     * @param generation counts the settings there were
     * @param deadline if its topics are not there by then it failed
     */
    record EventStreamCreated(String id, StreamSettings settings, long generation, Instant createdAt, Instant deadline)
            implements EventStreamEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record EventStreamChanged(StreamSettings settings, long generation, Instant deadline) implements EventStreamEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * Events can be produced.
     *
     * @param topics ids of its topics at the broker; null from before they were told
     */
    record EventStreamReady(long generation, @Nullable List<String> topics) implements EventStreamEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record EventStreamFailed(long generation, String reason) implements EventStreamEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param topics that are to go with it, by their ids; another may have made it anew since, with others */
    record EventStreamDeleted(long generation, @Nullable List<String> topics) implements EventStreamEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(EventStreamCreated event);

        R on(EventStreamChanged event);

        R on(EventStreamReady event);

        R on(EventStreamFailed event);

        R on(EventStreamDeleted event);
    }
}
