package io.fjord.runtime.hive;

import io.fjord.runtime.SessionOwner;
import java.time.Duration;
import java.util.UUID;
import org.apache.hive.service.rpc.thrift.TSessionHandle;
import org.apache.spark.sql.classic.SparkSession;

/** One connection of a HiveServer2 client: its Spark session and whose it is. */
final class HiveSession {

    private final UUID id;
    private final SessionOwner owner;
    private final SparkSession spark;
    private volatile long usedAt = System.nanoTime();

    HiveSession(UUID id, SessionOwner owner, SparkSession spark) {
        this.id = id;
        this.owner = owner;
        this.spark = spark;
        // Rows with java.time values: java.sql.Timestamp would go through the JVM's own time zone.
        spark.conf().set("spark.sql.datetime.java8API.enabled", "true");
    }

    UUID id() {
        return id;
    }

    SessionOwner owner() {
        return owner;
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
