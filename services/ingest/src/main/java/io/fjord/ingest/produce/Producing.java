package io.fjord.ingest.produce;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.ingest.eventstream.EventStreamCapability;
import io.fjord.ingest.schema.SchemaVersions;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Api;
import io.fjord.platform.kafka.ObservationLog;
import io.fjord.platform.kafka.StreamReader;
import io.fjord.platform.kafka.StreamSender;
import io.fjord.platform.sql.Lease;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The way of events into their streams: opened once for the service. */
public final class Producing {

    private final Vertx vertx;
    private final StreamSender sender;
    private final ProducerQuotas quotas = new ProducerQuotas(System::nanoTime);
    private final ProducedLog produced;
    private final Streams open;
    private final ProduceRoutes routes;
    private final Lease lease;
    private final Duration underWay;
    private final long timer;
    private long turn;
    private volatile boolean taking;
    private boolean closed;

    /**
     * @param deduplicationBytes that all streams together may use to know their recent events
     * @param underWay how long after it was sent, at most, a record comes to be in its topic
     * @param right makes the right to take events, which one process at a time has
     */
    public Producing(
            Vertx vertx,
            Metastore metastore,
            MessageTypes types,
            EventStreamCapability streams,
            SchemaVersions schemas,
            StreamSender sender,
            StreamReader reader,
            ObservationLog observations,
            MeterRegistry metrics,
            long deduplicationBytes,
            Duration underWay,
            Function<Lease.Work, Lease> right,
            Clock clock) {
        this.vertx = vertx;
        this.underWay = underWay;
        this.lease = right.apply(new Turn());
        this.sender = sender;
        this.produced = new ProducedLog(observations, metrics, clock);
        this.open = new Streams(
                streams.listing(metastore, types),
                schemas,
                sender,
                reader,
                new DeduplicationRoom(deduplicationBytes, metrics),
                clock);
        this.routes = new ProduceRoutes(
                vertx,
                open,
                sender,
                reader,
                quotas,
                produced,
                () -> taking && lease.isTrusted(),
                new Elsewhere(vertx, lease::elsewhere));
        metrics.gauge("fjord.stream.under.way.bytes", sender, StreamSender::bytesUnderWay);
        this.timer = vertx.setPeriodic(ProducedLog.TOLD_EVERY_MILLIS, id -> {
            quotas.forgetTheSilent();
            var unused = produced.tell();
        });
    }

    /**
     * Which events are in a stream already is known by who takes them: one process at a time, to which the others pass on what
     * they get.
     */
    private final class Turn implements Lease.Work {

        @Override
        public void begin(boolean overtaken) {
            long now = ++turn;
            var unused = open.forgetAll().onSuccess(ok -> {
                if (overtaken) {
                    // What the one before had sent is in its topics by then, or will never be.
                    vertx.setTimer(underWay.toMillis(), id -> take(now));
                } else {
                    take(now);
                }
            });
        }

        private void take(long begun) {
            taking = begun == turn;
        }

        @Override
        public Future<?> end() {
            turn++;
            taking = false;
            return closed ? Future.succeededFuture() : open.forgetAll().compose(ok -> sender.renew());
        }
    }

    /** Completes when it is known for the first time whether events are taken here. */
    public Future<Void> begin() {
        return lease.start();
    }

    public void install(Api api) {
        routes.install(api);
    }

    /** For want of memory only what came later than that is known of a stream; null for the whole window, or while it is not open. */
    public @Nullable Instant deduplicatedSince(Address stream) {
        return open.deduplicatedSince(stream);
    }

    /** What was sent is waited for, and told. */
    public Future<Void> close() {
        vertx.cancelTimer(timer);
        closed = true;
        return sender.close().eventually(lease::stop).eventually(produced::tell);
    }
}
