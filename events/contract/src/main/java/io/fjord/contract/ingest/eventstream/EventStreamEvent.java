package io.fjord.contract.ingest.eventstream;

import java.time.Instant;

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

    /** Events can be produced. */
    record EventStreamReady(long generation) implements EventStreamEvent {
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

    record EventStreamDeleted(long generation) implements EventStreamEvent {
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
