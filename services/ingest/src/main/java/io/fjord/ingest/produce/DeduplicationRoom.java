package io.fjord.ingest.produce;

import io.fjord.contract.Address;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory that all streams together may use to know their recent events. When it is used up, the stream that uses most knows
 * less than its window from then on, and everybody is told so: who produces, who reads the stream, and who watches the metrics.
 */
final class DeduplicationRoom {

    private static final Logger log = LoggerFactory.getLogger(DeduplicationRoom.class);

    private final long most;
    private final MeterRegistry metrics;
    private final Map<Deduplication, Address> all = new HashMap<>();

    /** @param most bytes */
    DeduplicationRoom(long most, MeterRegistry metrics) {
        this.most = most;
        this.metrics = metrics;
        Gauge.builder("fjord.stream.deduplication.bytes", this, DeduplicationRoom::used)
                .description("Memory for recent events, of all streams")
                .register(metrics);
        Gauge.builder("fjord.stream.deduplication.most.bytes", this, room -> room.most)
                .description("What the memory for recent events may come to")
                .register(metrics);
    }

    synchronized void enter(Deduplication one, Address stream) {
        all.put(one, stream);
    }

    synchronized void leave(Deduplication one) {
        all.remove(one);
    }

    synchronized long used() {
        return all.keySet().stream().mapToLong(Deduplication::bytes).sum();
    }

    /**
     * Makes room if there is too little. Not to be called by who holds the lock of a stream.
     *
     * @param now as those see it who call it
     */
    synchronized void keep(long now) {
        if (used() > most) {
            all.keySet().forEach(one -> one.forgetTheOld(now));
        }
        while (used() > most) {
            Optional<Map.Entry<Deduplication, Address>> largest = all.entrySet().stream()
                    .max(Comparator.comparingLong(one -> one.getKey().bytes()));
            if (largest.isEmpty() || largest.get().getKey().bytes() == 0) {
                return;
            }
            giveUp(largest.get().getKey(), largest.get().getValue(), now);
        }
    }

    private void giveUp(Deduplication one, Address stream, long now) {
        one.giveUpTheOlder(now);
        Long since = one.shortened(now);
        metrics.counter("fjord.stream.deduplication.shortened", "domain", stream.domain(), "stream", stream.name())
                .increment();
        log.atWarn()
                .addKeyValue("subject", stream)
                .addKeyValue("since", since == null ? null : Instant.ofEpochMilli(since))
                .log("No room for all recent events: what came before then and comes again is there twice");
    }
}
