package io.fjord.platform.kafka;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A topic of one partition whose records are numbered from 1, each number its key, in that order. Who writes it asks it where to go
 * on; who reads it passes over numbers it has had, which come again when two write for a moment.
 */
public final class NumberedTopic {

    private static final long TAIL = 200;

    /** One record. */
    public record Numbered(long number, byte[] value) {}

    private final Vertx vertx;
    private final KafkaConfig config;
    private final String topic;
    private final RecordSender sender;

    public NumberedTopic(Vertx vertx, KafkaConfig config, String topic) {
        this.vertx = vertx;
        this.config = config;
        this.topic = topic;
        this.sender = new RecordSender(vertx, config);
    }

    /** The highest number that is there; 0 for none. */
    public Future<Long> last() {
        TopicReader reader = new TopicReader(vertx, config);
        TopicPartition partition = new TopicPartition(topic, 0);
        return reader.bounds(partition)
                .compose(bounds -> reader.read(partition, Math.max(bounds.first(), bounds.end() - TAIL)))
                .map(records ->
                        records.stream().mapToLong(NumberedTopic::number).max().orElse(0L));
    }

    /** The highest number before an offset; 0 for none. */
    public Future<Long> before(long offset) {
        return new TopicReader(vertx, config)
                .read(new TopicPartition(topic, 0), Math.max(0, offset - TAIL), offset)
                .map(records ->
                        records.stream().mapToLong(NumberedTopic::number).max().orElse(0L));
    }

    private static long number(ConsumerRecord<String, byte[]> record) {
        try {
            return Long.parseLong(String.valueOf(record.key()));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** In their order; fails if the broker did not take one of them, and those after it may be there then. */
    public Future<Void> append(List<Numbered> records) {
        List<Future<?>> sent = new ArrayList<>();
        for (Numbered one : records) {
            ProducerRecord<String, byte[]> record =
                    new ProducerRecord<>(topic, 0, Long.toString(one.number()), one.value());
            record.headers().add("content-type", "application/json".getBytes(StandardCharsets.US_ASCII));
            sent.add(sender.send(record));
        }
        return sent.isEmpty() ? Future.succeededFuture() : Future.join(sent).mapEmpty();
    }

    /** What was sent is waited for. */
    public Future<Void> close() {
        return sender.close();
    }
}
