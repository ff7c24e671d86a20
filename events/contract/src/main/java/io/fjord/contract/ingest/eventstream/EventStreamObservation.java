package io.fjord.contract.ingest.eventstream;

import java.time.Instant;

/** What was seen at an event stream, for the record. */
public sealed interface EventStreamObservation {

    /**
     * One identity produced into one stream: the sums of all requests in a short while.
     *
     * @param from when the first of them was answered
     * @param to when the last of them was
     * @param accepted durable in the topic
     * @param duplicates were there already
     * @param deadLettered wrong, and kept
     * @param refused wrong, or not acknowledged
     * @param bytes of the bodies
     */
    record EventsProduced(
            Instant from,
            Instant to,
            long requests,
            long accepted,
            long duplicates,
            long deadLettered,
            long refused,
            long bytes)
            implements EventStreamObservation {}
}
