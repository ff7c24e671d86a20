package io.fjord.platform.kafka;

import io.fjord.contract.Position;
import io.fjord.kernel.Journals;
import io.fjord.kernel.Projection;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Keeps one projection up to date: each event once and in order, however the topic fares; gaps, lost tails and new epochs are
 * filled from the journal; events that cannot be applied are parked by subject.
 */
public final class ProjectionRunner {

    private final Map<String, JournalFeed> feeds = new LinkedHashMap<>();
    private final HighWaterWatch highWater;

    /** For views in memory: no failure is worth waiting for, and nothing parked outlives the process. */
    public ProjectionRunner(
            Vertx vertx, KafkaConfig config, Projection projection, Journals journals, MeterRegistry metrics) {
        this(vertx, config, projection, journals, failure -> false, ParkedEvents.inMemory(), metrics);
    }

    /**
     * @param isTransient whether waiting can help ({@link io.fjord.kernel.Metastore#isTransient}); anything else parks the
     *     event
     * @param parked where those are kept; {@link DeadLetterLog} for views that outlive the process
     */
    public ProjectionRunner(
            Vertx vertx,
            KafkaConfig config,
            Projection projection,
            Journals journals,
            Predicate<Throwable> isTransient,
            ParkedEvents parked,
            MeterRegistry metrics) {
        Context context = vertx.getOrCreateContext();
        for (String service : projection.services()) {
            feeds.put(
                    service,
                    new JournalFeed(
                            vertx,
                            context,
                            config,
                            projection.name(),
                            service,
                            journals,
                            new Parking(projection, service, isTransient, parked, metrics),
                            metrics));
        }
        this.highWater = new HighWaterWatch(
                vertx,
                context,
                config,
                positions -> feeds.forEach(
                        (service, feed) -> feed.highWaterAtStart(positions.getOrDefault(service, Position.START))),
                (service, position) -> {
                    JournalFeed feed = feeds.get(service);
                    if (feed != null) {
                        feed.highWater(position);
                    }
                });
    }

    /** Begins; a broker that is not there is waited for. */
    public ProjectionRunner start() {
        feeds.values().forEach(JournalFeed::start);
        highWater.start();
        return this;
    }

    /**
     * Completes when everything is applied that was on the topics, or announced, when it was started; asked again after the
     * view began again, because a database was restored, when that is all read.
     */
    public Future<Void> caughtUp() {
        if (isCaughtUp()) {
            return Future.succeededFuture();
        }
        return ContextHop.toCaller(
                Future.join(feeds.values().stream().map(JournalFeed::caughtUp).toList())
                        .mapEmpty());
    }

    /** Whether it has caught up. False too while a view that began again knows a part only, and none of what took it back. */
    public boolean isCaughtUp() {
        for (JournalFeed feed : feeds.values()) {
            if (!feed.caughtUp().succeeded()) {
                return false;
            }
        }
        return true;
    }

    /** A batch being applied is waited for. */
    public Future<Void> stop() {
        List<Future<Void>> all = new ArrayList<>();
        all.add(highWater.stop());
        feeds.values().forEach(feed -> all.add(feed.stop()));
        return ContextHop.toCaller(Future.join(all).mapEmpty());
    }
}
