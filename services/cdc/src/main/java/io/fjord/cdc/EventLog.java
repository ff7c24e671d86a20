package io.fjord.cdc;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** The event topics as a feed uses them. */
interface EventLog {

    /** What the last records of a topic tell. */
    Last last(String service);

    /**
     * Fails for all that follow a record that failed, until {@link #last} was asked: so nothing is written behind a missing one.
     *
     * @throws TooLarge before anything is sent
     */
    Future<RecordMetadata> send(EventEnvelope<byte[]> event);

    Future<RecordMetadata> announce(String service, Position position);

    /** The next record goes out by a new producer: one that remembers nothing of a topic that is another now. */
    void startOver();

    /**
     * The end of a topic. A relay that had lost its lease may have repeated earlier records after the highest; one that wrote
     * on when a topic had just lost its end left a hole before it.
     *
     * @param position the highest
     * @param id of the event there; null if the topic is empty
     * @param complete up to here nothing is missing among the last records
     * @param endOffset where the next record will stand
     */
    record Last(Position position, @Nullable String id, Position complete, long endOffset) {

        static Last empty(long endOffset) {
            return new Last(Position.START, null, Position.START, endOffset);
        }

        /**
         * With the next record of the topic.
         *
         * @param cut whether there are records before the first of these
         */
        Last and(Position next, String nextId, boolean cut) {
            boolean first = id == null;
            boolean highest = first || next.isAfter(position);
            boolean follows = (first && cut) || next.equals(complete.next()) || next.epoch() > complete.epoch();
            return new Last(highest ? next : position, highest ? nextId : id, follows ? next : complete, endOffset);
        }
    }

    /** An event no topic takes, until somebody changes that. */
    final class TooLarge extends RuntimeException {

        private static final long serialVersionUID = 1L;

        TooLarge(String message) {
            super(message, null, false, false);
        }
    }
}
