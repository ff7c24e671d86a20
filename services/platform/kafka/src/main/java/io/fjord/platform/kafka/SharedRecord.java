package io.fjord.platform.kafka;

import io.fjord.codec.KafkaMessages;
import io.fjord.codec.UnreadableMessage;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** A record as all its readers get it: what one has made of it, the others need not make again. */
final class SharedRecord {

    private final ConsumerRecord<String, byte[]> record;

    // Two at once make the same of it.
    private volatile @Nullable EventEnvelope<byte[]> event;
    private volatile @Nullable UnreadableMessage unreadable;

    SharedRecord(ConsumerRecord<String, byte[]> record) {
        this.record = record;
    }

    ConsumerRecord<String, byte[]> record() {
        return record;
    }

    long offset() {
        return record.offset();
    }

    /** @throws UnreadableMessage if it is not an event of ours */
    EventEnvelope<byte[]> event() {
        EventEnvelope<byte[]> read = event;
        if (read != null) {
            return read;
        }
        UnreadableMessage failure = unreadable;
        if (failure != null) {
            throw failure;
        }
        try {
            read = KafkaMessages.event(record);
        } catch (UnreadableMessage e) {
            unreadable = e;
            throw e;
        }
        event = read;
        return read;
    }

    /** That of the event; null if it is none. */
    @Nullable
    Position position() {
        try {
            return event().position();
        } catch (UnreadableMessage e) {
            return null;
        }
    }
}
