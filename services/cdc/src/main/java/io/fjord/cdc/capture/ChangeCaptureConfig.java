package io.fjord.cdc.capture;

import io.fjord.codec.CapturedChanges;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.TopicSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What the capture of all changes to some tables must be told.
 *
 * @param name of what is captured: its topic is {@code fjord.cdc.<name>}, its slot and publication {@code fjord_<name>}
 * @param database as the capture role: {@code postgresql://user:password@host:port/database}, or mariadb, or mysql
 * @param tables as the database writes them
 * @param filled one that has a row as soon as the program has started; what is captured before would be half a snapshot
 * @param heartbeat how often its position is written down while nothing changes
 */
public record ChangeCaptureConfig(
        KafkaConfig kafka, String name, String database, List<String> tables, String filled, Duration heartbeat) {

    public ChangeCaptureConfig {
        tables = List.copyOf(tables);
    }

    /** The tables of a Hive Metastore that say what its databases, tables and partitions are. */
    public static ChangeCaptureConfig hive(KafkaConfig kafka, String database) {
        return new ChangeCaptureConfig(
                kafka,
                "hive",
                database,
                List.of(
                        "DBS",
                        "DATABASE_PARAMS",
                        "TBLS",
                        "TABLE_PARAMS",
                        "SDS",
                        "SERDES",
                        "COLUMNS_V2",
                        "PARTITION_KEYS",
                        "PARTITIONS"),
                "DBS",
                Duration.ofSeconds(30));
    }

    public String topic() {
        return CapturedChanges.topic(name);
    }

    String slot() {
        return "fjord_" + name;
    }

    /** One partition: the order of commits. Kept as long as a reader may be away; who was longer away is given a snapshot. */
    TopicSpec spec() {
        return new TopicSpec(
                topic(),
                1,
                Map.of(
                        "cleanup.policy",
                        "delete",
                        "retention.ms",
                        String.valueOf(Duration.ofDays(30).toMillis()),
                        "max.message.bytes",
                        String.valueOf(20 << 20)));
    }

    @Override
    public String toString() {
        return "ChangeCaptureConfig[" + name + "]";
    }
}
