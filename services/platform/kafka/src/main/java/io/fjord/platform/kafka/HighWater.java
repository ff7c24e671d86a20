package io.fjord.platform.kafka;

import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** How far a service's journal is, as the relay announces it: the key is the service, the value the position. */
public record HighWater(String service, Position position) {

    public ProducerRecord<String, byte[]> toRecord() {
        return new ProducerRecord<>(
                Topics.HIGH_WATER, service, position.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Empty for what is none. */
    public static Optional<HighWater> of(ConsumerRecord<String, byte[]> record) {
        if (record.key() == null || record.value() == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new HighWater(record.key(), Position.parse(new String(record.value(), StandardCharsets.UTF_8))));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The last of each service among these records. */
    static void collect(Iterable<ConsumerRecord<String, byte[]>> records, Map<String, Position> into) {
        records.forEach(record -> of(record).ifPresent(one -> into.put(one.service(), one.position())));
    }
}
