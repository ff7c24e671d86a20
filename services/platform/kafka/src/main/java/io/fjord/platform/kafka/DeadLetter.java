package io.fjord.platform.kafka;

import io.fjord.codec.KafkaMessages;
import io.fjord.codec.UnreadableMessage;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record that could not be read or decided, as it was, and why.
 *
 * @param id {@code <partition>-<offset>} of where it came from
 * @param time when it was put away
 * @param key the subject's address, if it had one
 * @param headers as they came, the CloudEvents attributes among them under {@code ce_…}
 */
public record DeadLetter(
        String id,
        String topic,
        int partition,
        long offset,
        Instant time,
        Problem problem,
        @Nullable String key,
        Map<String, String> headers,
        byte @Nullable [] data) {

    public DeadLetter {
        headers = Map.copyOf(headers);
    }

    /** The command to replay, if it can be read. */
    public Optional<CommandEnvelope<byte[]>> command() {
        ConsumerRecord<String, byte[]> record = new ConsumerRecord<>(topic, partition, offset, key, data);
        headers.forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        try {
            return Optional.of(KafkaMessages.command(record));
        } catch (UnreadableMessage e) {
            return Optional.empty();
        }
    }
}
