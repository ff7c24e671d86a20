package io.fjord.ingest;

import io.fjord.codec.MessageTypes;
import io.fjord.ingest.eventstream.EventStream;
import io.fjord.ingest.eventstream.EventStreamCapability;
import io.fjord.ingest.eventstream.EventStreamRoutes;
import io.fjord.ingest.eventstream.StreamPreparation;
import io.fjord.ingest.produce.Producing;
import io.fjord.ingest.schema.SchemaCapability;
import io.fjord.ingest.schema.SchemaRoutes;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Guard;
import io.fjord.kernel.PlatformMessages;
import io.fjord.platform.deciding.DecidingVerticle;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.HttpJournals;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.kafka.ObservationLog;
import io.fjord.platform.kafka.StreamReader;
import io.fjord.platform.kafka.StreamSender;
import io.fjord.platform.kafka.StreamTopics;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Lease;
import io.fjord.platform.sql.Listing;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Event streams in. */
public final class IngestVerticle extends DecidingVerticle {

    public static final String SERVICE = "ingest";

    private static final Logger log = LoggerFactory.getLogger(IngestVerticle.class);

    /** So long, a third more and what the broker may take to answer, no events are taken after the process that did was killed. */
    private static final Duration LEASE = Duration.ofSeconds(6);

    private final IngestConfig config;
    private final SchemaCapability schemas = new SchemaCapability();
    private final EventStreamCapability streams = new EventStreamCapability();
    private StreamReader reader;
    private Producing producing;

    @SuppressWarnings("NullAway.Init") // follow() opens them
    public IngestVerticle(IngestConfig config) {
        super(
                new Places(
                        SERVICE,
                        config.kafka(),
                        config.databaseUrl(),
                        6,
                        config.doorkeeper(),
                        config.host(),
                        config.port()),
                messages(PlatformMessages.types()));
        this.config = config;
    }

    public static MessageTypes messages(MessageTypes types) {
        return EventStreamCapability.messages(SchemaCapability.messages(types));
    }

    @Override
    protected List<Aggregate<?, ?, ?>> aggregates() {
        return Stream.of(schemas, streams)
                .<Aggregate<?, ?, ?>>flatMap(capability -> capability.aggregates().stream())
                .toList();
    }

    @Override
    protected List<Guard> guards() {
        return config.guards();
    }

    @Override
    protected Future<?> follow() {
        Listing<EventStream> there = streams.listing(metastore(), types());
        react(
                new StreamPreparation(
                        new StreamTopics(vertx, config.kafka()),
                        types(),
                        StreamTopics::isPassing,
                        stream -> there.one(stream).map(at -> at.value().isPresent())),
                new HttpJournals(vertx, config.gateway(), config.token()),
                failure -> Database.isTransient(failure) || StreamTopics.isPassing(failure));
        return openProducing();
    }

    private Future<Void> openProducing() {
        reader = new StreamReader(vertx, config.kafka());
        ObservationLog observations = openObservations();
        Future<String> host = vertx.executeBlocking(this::reachedAt);
        return host.compose(ok -> StreamSender.open(vertx, config.kafka())).compose(sender -> {
            producing = new Producing(
                    vertx,
                    metastore(),
                    types(),
                    streams,
                    schemas.versions(metastore()),
                    sender,
                    reader,
                    observations,
                    Prometheus.registry(),
                    config.deduplicationBytes(),
                    config.kafka().ackTimeout(),
                    work -> new Lease(vertx, database(), SERVICE, "producing", () -> place(host.result()), LEASE, work),
                    clock());
            onStop(producing::close);
            return producing.begin();
        });
    }

    /** Where other processes of the service reach this one; empty while, or if, they cannot. */
    private String place(String host) {
        return isListening() && !host.isEmpty() ? "http://" + host + ":" + httpPort() : "";
    }

    /** Asks for the machine's own address where it listens on all of them: blocks. */
    private String reachedAt() {
        try {
            InetAddress bound = InetAddress.getByName(config.host());
            String host = (bound.isAnyLocalAddress() ? InetAddress.getLocalHost() : bound).getHostAddress();
            return host.contains(":") ? "[" + host + "]" : host;
        } catch (UnknownHostException e) {
            log.atWarn().setCause(e).log("Other processes cannot reach this one; events that come to them are refused");
            return "";
        }
    }

    @Override
    protected void install(Api api) {
        new SchemaRoutes(commands(), metastore(), reads(), schemas, types()).install(api);
        new EventStreamRoutes(
                        commands(),
                        metastore(),
                        reads(),
                        streams,
                        types(),
                        schemas.versions(metastore()),
                        reader,
                        producing::deduplicatedSince)
                .install(api);
        producing.install(api);
    }

    @Override
    protected Duration endsWithin() {
        return Duration.ofSeconds(5);
    }
}
