package io.fjord.platform.kafka;

import io.fjord.contract.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A topic as it has to be.
 *
 * @param partitions 0 for the configured number of command partitions
 */
public record TopicSpec(String name, int partitions, Map<String, String> settings) {

    private static final String FOR_EVER = "-1";

    /** An event may be larger than what led to it: a table's whole metadata. One that no topic took would stop the relay. */
    private static final String LARGEST_EVENT = String.valueOf(20 << 20);

    public TopicSpec {
        settings = Map.copyOf(settings);
    }

    /** Flushed message by message: what was acknowledged survives the machine. Kept longer than the inbox remembers. */
    public static TopicSpec commands(String service) {
        return new TopicSpec(
                Topics.commands(service),
                0,
                Map.of("flush.messages", "1", "cleanup.policy", "delete", "retention.ms", days(14)));
    }

    /** One partition, in position order; the journal can refill it, so the broker's own flushing is enough. */
    public static TopicSpec events(String service) {
        return new TopicSpec(
                Topics.events(service),
                1,
                Map.of("cleanup.policy", "delete", "retention.ms", FOR_EVER, "max.message.bytes", LARGEST_EVENT));
    }

    public static TopicSpec observations(String service) {
        return new TopicSpec(
                Topics.observations(service), 6, Map.of("cleanup.policy", "delete", "retention.ms", days(30)));
    }

    public static TopicSpec highWater() {
        return new TopicSpec(Topics.HIGH_WATER, 1, Map.of("cleanup.policy", "compact"));
    }

    /**
     * In the order of the log, and refilled by nobody but the one who writes it: kept as long as the events are. An entry is
     * somewhat larger than its event.
     */
    public static TopicSpec auditLog() {
        return new TopicSpec(
                Topics.AUDIT_LOG,
                1,
                Map.of(
                        "cleanup.policy",
                        "delete",
                        "retention.ms",
                        FOR_EVER,
                        "max.message.bytes",
                        String.valueOf(NumberedTopic.LARGEST)));
    }

    public static TopicSpec deadLetters(String topic) {
        return new TopicSpec(
                Topics.deadLetters(topic), 1, Map.of("cleanup.policy", "delete", "retention.ms", days(30)));
    }

    /** Every topic of a service, and the one all share. */
    public static List<TopicSpec> ofService(String service) {
        return List.of(
                commands(service),
                events(service),
                observations(service),
                deadLetters(Topics.commands(service)),
                deadLetters(Topics.events(service)),
                highWater());
    }

    private static String days(int days) {
        return String.valueOf(Duration.ofDays(days).toMillis());
    }
}
