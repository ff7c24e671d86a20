package io.fjord.runtime.hive;

import io.fjord.runtime.Caller;
import java.time.Duration;
import java.util.UUID;
import org.apache.hive.service.rpc.thrift.TSessionHandle;
import org.apache.spark.sql.classic.SparkSession;

/** One connection of a HiveServer2 client: its Spark session and who opened it. */
final class HiveSession {

    private final UUID id;
    private final Caller caller;
    private final SparkSession spark;
    private volatile long usedAt = System.nanoTime();

    HiveSession(UUID id, Caller caller, SparkSession spark) {
        this.id = id;
        this.caller = caller;
        this.spark = spark;
        // Rows with java.time values: java.sql.Timestamp would go through the JVM's own time zone.
        spark.conf().set("spark.sql.datetime.java8API.enabled", "true");
    }

    UUID id() {
        return id;
    }

    Caller caller() {
        return caller;
    }

    SparkSession spark() {
        return spark;
    }

    void touch() {
        usedAt = System.nanoTime();
    }

    Duration idle() {
        return Duration.ofNanos(System.nanoTime() - usedAt);
    }

    TSessionHandle handle() {
        return new TSessionHandle(HiveSessions.identifier(id));
    }
}
