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
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The way of events into their streams: opened once for the service. */
public final class Producing {

    private final Vertx vertx;
    private final StreamSender sender;
    private final ProducerQuotas quotas = new ProducerQuotas(System::nanoTime);
    private final ProducedLog produced;
    private final Streams open;
    private final ProduceRoutes routes;
    private final long timer;

    /** @param deduplicationBytes that all streams together may use to know their recent events */
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
            Clock clock) {
        this.vertx = vertx;
        this.sender = sender;
        this.produced = new ProducedLog(observations, metrics, clock);
        this.open = new Streams(
                streams.listing(metastore, types),
                schemas,
                sender,
                reader,
                new DeduplicationRoom(deduplicationBytes, metrics),
                clock);
        this.routes = new ProduceRoutes(vertx, open, sender, reader, quotas, produced);
        metrics.gauge("fjord.stream.under.way.bytes", sender, StreamSender::bytesUnderWay);
        this.timer = vertx.setPeriodic(ProducedLog.TOLD_EVERY_MILLIS, id -> {
            quotas.forgetTheSilent();
            var unused = produced.tell();
        });
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
        return sender.close().eventually(produced::tell);
    }
}
