package io.fjord.ingest.produce;

import io.fjord.contract.Address;
import io.fjord.contract.ingest.eventstream.EventStreamObservation.EventsProduced;
import io.fjord.ingest.produce.Result.Fate;
import io.fjord.kernel.Ids;
import io.fjord.platform.kafka.ObservationLog;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who produced how much into which stream, for the record: told every few seconds, in sums. */
final class ProducedLog {

    static final long TOLD_EVERY_MILLIS = 5_000;

    private static final Logger log = LoggerFactory.getLogger(ProducedLog.class);
    private static final String TYPE = "fjord.ingest.event-stream.EventsProduced.v1";

    private final ObservationLog observations;
    private final MeterRegistry metrics;
    private final Clock clock;
    private final Map<Producer, Sums> sums = new HashMap<>();

    /** Looking one up makes a list of its tags. */
    private final Map<Address, Meters> meters = new ConcurrentHashMap<>();

    private record Meters(Map<Fate, Counter> events, Counter bytes) {}

    private record Producer(Address stream, String actor) {}

    private static final class Sums {
        private final Instant from;
        private Instant to;
        private long requests;
        private long bytes;
        private final Map<Fate, Long> fates = new EnumMap<>(Fate.class);

        Sums(Instant from) {
            this.from = from;
            this.to = from;
        }

        private long of(Fate fate) {
            return fates.getOrDefault(fate, 0L);
        }

        EventsProduced told() {
            return new EventsProduced(
                    from,
                    to,
                    requests,
                    of(Fate.ACCEPTED),
                    of(Fate.DUPLICATE),
                    of(Fate.DEAD_LETTERED),
                    of(Fate.REFUSED) + of(Fate.NOT_ACKNOWLEDGED),
                    bytes);
        }
    }

    ProducedLog(ObservationLog observations, MeterRegistry metrics, Clock clock) {
        this.observations = observations;
        this.metrics = metrics;
        this.clock = clock;
    }

    void add(Address stream, String actor, Map<Fate, Long> fates, long bytes) {
        Instant now = clock.instant();
        synchronized (this) {
            Sums sum = sums.computeIfAbsent(new Producer(stream, actor), first -> new Sums(now));
            sum.to = now;
            sum.requests++;
            sum.bytes += bytes;
            fates.forEach((fate, count) -> sum.fates.merge(fate, count, Long::sum));
        }
        Meters counted = meters.computeIfAbsent(stream, this::meters);
        fates.forEach((fate, count) ->
                Objects.requireNonNull(counted.events().get(fate)).increment(count));
        counted.bytes().increment(bytes);
    }

    private Meters meters(Address stream) {
        Map<Fate, Counter> events = new EnumMap<>(Fate.class);
        for (Fate fate : Fate.values()) {
            events.put(
                    fate,
                    metrics.counter(
                            "fjord.stream.events",
                            "domain",
                            stream.domain(),
                            "stream",
                            stream.name(),
                            "result",
                            fate.name().toLowerCase(Locale.ROOT).replace('_', '-')));
        }
        return new Meters(
                events, metrics.counter("fjord.stream.bytes", "domain", stream.domain(), "stream", stream.name()));
    }

    /** What could not be told is told with the next. */
    Future<Void> tell() {
        Map<Producer, Sums> told;
        synchronized (this) {
            told = new HashMap<>(sums);
            sums.clear();
        }
        List<Future<?>> sent = new ArrayList<>();
        told.forEach((producer, sum) -> sent.add(observations
                .tell(Ids.next(), TYPE, producer.stream(), producer.actor(), null, sum.told())
                .onFailure(failure -> {
                    log.atWarn().setCause(failure).log("What was produced could not be told; it is tried again");
                    again(producer, sum);
                })));
        return Future.join(sent).mapEmpty();
    }

    private synchronized void again(Producer producer, Sums sum) {
        Sums newer = sums.put(producer, sum);
        if (newer != null) {
            sum.to = newer.to;
            sum.requests += newer.requests;
            sum.bytes += newer.bytes;
            newer.fates.forEach((fate, count) -> sum.fates.merge(fate, count, Long::sum));
        }
    }
}
