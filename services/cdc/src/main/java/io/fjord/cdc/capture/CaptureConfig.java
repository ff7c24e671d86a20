package io.fjord.cdc.capture;

import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.TopicSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a capture must be told.
 *
 * @param name of what is captured: its topic is {@code fjord.cdc.<name>}, its slot and publication {@code fjord_<name>}
 * @param database as the capture role: {@code postgresql://user:password@host:port/database}, or mariadb, or mysql
 */
public record CaptureConfig(KafkaConfig kafka, String name, String database, List<CapturedTable> tables) {

    public CaptureConfig {
        tables = List.copyOf(tables);
    }

    /** Logins and what administrators did, as Keycloak writes them down. */
    public static CaptureConfig keycloak(KafkaConfig kafka, String database) {
        return new CaptureConfig(
                kafka,
                "keycloak",
                database,
                List.of(
                        new CapturedTable("event_entity", "id", "event_time", Set.of()),
                        // What was sent to Keycloak may hold passwords.
                        new CapturedTable("admin_event_entity", "id", "admin_event_time", Set.of("representation"))));
    }

    public String topic() {
        return "fjord.cdc." + name;
    }

    /** One partition, in the order the rows came; as long as anybody asks what happened lately. */
    public static TopicSpec spec(String topic) {
        return new TopicSpec(
                topic,
                1,
                Map.of(
                        "cleanup.policy",
                        "delete",
                        "retention.ms",
                        String.valueOf(Duration.ofDays(30).toMillis())));
    }

    @Override
    public String toString() {
        return "CaptureConfig[" + name + "]";
    }
}
