package io.fjord.ingest.produce;

import io.fjord.contract.Address;
import io.fjord.contract.ingest.eventstream.ProducerQuota;
import io.fjord.platform.http.ProblemException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps each identity to a stream's quota. A request is let in when the ones before it are paid for, whatever its size, and paid
 * for afterwards: so a batch of any size passes at some time, and the rate holds on average.
 */
final class ProducerQuotas {

    private static final double NANOS = 1e9;
    private static final long FORGET_NANOS = Duration.ofMinutes(5).toNanos();

    private final LongSupplier nanos;
    private final Map<Producer, Bucket> events = new HashMap<>();
    private final Map<Producer, Bucket> bytes = new HashMap<>();

    private record Producer(Address stream, String actor) {}

    /** Holds what may be used now: at most a second's worth; less than nothing while something is owed. */
    private static final class Bucket {
        private double left;
        private long filledAt;

        void fill(long perSecond, long now) {
            left = Math.min(perSecond, left + (now - filledAt) / NANOS * perSecond);
            filledAt = now;
        }
    }

    ProducerQuotas(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** @throws ProblemException 429 with when what is owed will be paid */
    synchronized void admit(Address stream, String actor, @Nullable ProducerQuota quota) {
        if (quota != null) {
            Producer producer = new Producer(stream, actor);
            admit(events, producer, quota.eventsPerSecond(), "events");
            admit(bytes, producer, quota.bytesPerSecond(), "bytes");
        }
    }

    private void admit(Map<Producer, Bucket> buckets, Producer producer, @Nullable Long perSecond, String what) {
        if (perSecond == null) {
            return;
        }
        Bucket bucket = filled(buckets, producer, perSecond);
        if (bucket.left <= 0) {
            double seconds = -bucket.left / perSecond;
            throw EventProblems.overQuota(
                    producer.stream(), what, perSecond, Duration.ofMillis((long) Math.ceil(seconds * 1000)));
        }
    }

    synchronized void used(
            Address stream, String actor, @Nullable ProducerQuota quota, long howManyEvents, long howManyBytes) {
        if (quota == null) {
            return;
        }
        Producer producer = new Producer(stream, actor);
        if (quota.eventsPerSecond() != null) {
            filled(events, producer, quota.eventsPerSecond()).left -= howManyEvents;
        }
        if (quota.bytesPerSecond() != null) {
            filled(bytes, producer, quota.bytesPerSecond()).left -= howManyBytes;
        }
    }

    private Bucket filled(Map<Producer, Bucket> buckets, Producer producer, long perSecond) {
        long now = nanos.getAsLong();
        Bucket bucket = buckets.computeIfAbsent(producer, first -> {
            Bucket full = new Bucket();
            full.left = perSecond;
            full.filledAt = now;
            return full;
        });
        bucket.fill(perSecond, now);
        return bucket;
    }

    /** Forgets who has sent nothing for a while and owes nothing. */
    synchronized void forgetTheSilent() {
        long now = nanos.getAsLong();
        events.values().removeIf(bucket -> bucket.left >= 0 && now - bucket.filledAt > FORGET_NANOS);
        bytes.values().removeIf(bucket -> bucket.left >= 0 && now - bucket.filledAt > FORGET_NANOS);
    }
}
