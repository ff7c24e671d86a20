package io.fjord.platform.kafka;

import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;

/** How far a service's event topic is: what the service compares its journal with when it starts. */
public final class EventTopicEnd {

    private static final long TAIL = 200;

    private EventTopicEnd() {}

    /** The highest position among the last records; {@link Position#START} for an empty topic. */
    public static Future<Position> of(Vertx vertx, KafkaConfig config, String service) {
        TopicReader reader = new TopicReader(vertx, config);
        TopicPartition topic = new TopicPartition(Topics.events(service), 0);
        return reader.bounds(topic)
                .compose(bounds -> reader.read(topic, Math.max(bounds.first(), bounds.end() - TAIL)))
                .map(records -> records.stream()
                        .map(TopicReader::position)
                        .filter(Objects::nonNull)
                        .map(Objects::requireNonNull)
                        .max(Position::compareTo)
                        .orElse(Position.START));
    }
}
