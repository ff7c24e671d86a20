package io.fjord.ingest.eventstream;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Topics;
import io.fjord.contract.ingest.eventstream.DeadLetterPolicy;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.ChangeEventStream;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.CreateEventStream;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.DeleteEventStream;
import io.fjord.contract.ingest.eventstream.EvolutionPolicy;
import io.fjord.contract.ingest.eventstream.ProducerQuota;
import io.fjord.contract.ingest.eventstream.SchemaReference;
import io.fjord.contract.ingest.eventstream.StreamSettings;
import io.fjord.ingest.schema.SchemaCapability;
import io.fjord.ingest.schema.SchemaProblems;
import io.fjord.ingest.schema.SchemaVersions;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Stored;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.kafka.StreamReader;
import io.fjord.platform.kafka.StreamReader.Extent;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Event streams over HTTP. */
public final class EventStreamRoutes {

    private static final Logger log = LoggerFactory.getLogger(EventStreamRoutes.class);
    private static final int A_WEEK = 7 * 24;

    private final ThingRoutes<EventStream> routes;
    private final SchemaVersions schemas;
    private final StreamReader reader;
    private final Function<Address, @Nullable Instant> deduplicatedSince;

    /**
     * @param deduplicatedSince what came later than that is known of a stream's events, where that is not the whole window; else
     *     null
     */
    public EventStreamRoutes(
            CommandRoutes commands,
            Metastore metastore,
            Reads reads,
            EventStreamCapability capability,
            MessageTypes types,
            SchemaVersions schemas,
            StreamReader reader,
            Function<Address, @Nullable Instant> deduplicatedSince) {
        this.routes = new ThingRoutes<>(
                commands,
                metastore,
                reads,
                capability.listing(metastore, types),
                View::of,
                EventStreamProblems::notFound);
        this.schemas = schemas;
        this.reader = reader;
        this.deduplicatedSince = deduplicatedSince;
    }

    public void install(Api api) {
        api.on("createEventStream", this::create)
                .on("changeEventStream", this::change)
                .on("deleteEventStream", call -> routes.remove(call, address(call), new DeleteEventStream()))
                .on("getEventStream", this::get)
                .on("listEventStreams", call -> routes.list(call, call.domain()))
                .on("getEventStreamHistory", call -> routes.history(call, address(call)));
    }

    private record Body(
            @Nullable String name,
            @Nullable SchemaReference schema,
            @Nullable String key,
            @Nullable Integer partitions,
            @Nullable Integer retentionHours,
            @Nullable String table,
            @Nullable EvolutionPolicy evolution,
            @Nullable DeadLetterPolicy deadLetters,
            @Nullable Integer deduplicationMinutes,
            @Nullable ProducerQuota quota) {

        StreamSettings settings() {
            return new StreamSettings(
                    schema,
                    key,
                    Objects.requireNonNullElse(partitions, 3),
                    Objects.requireNonNullElse(retentionHours, A_WEEK),
                    table,
                    Objects.requireNonNullElse(evolution, EvolutionPolicy.REFUSE),
                    Objects.requireNonNullElse(deadLetters, DeadLetterPolicy.KEEP),
                    Objects.requireNonNullElse(deduplicationMinutes, 10),
                    quota);
        }
    }

    private Future<Reply> create(Call call) {
        Body body = call.body(Body.class);
        Address address = new Address(call.domain(), EventStreamCapability.KIND, String.valueOf(body.name()));
        call.require(address);
        return checked(call, body)
                .compose(settings -> routes.create(
                        call, address, new CreateEventStream(settings), call.path() + "/" + address.name()));
    }

    private Future<Reply> change(Call call) {
        return checked(call, call.body(Body.class))
                .compose(settings -> routes.change(call, address(call), new ChangeEventStream(settings)));
    }

    /** A schema that is not there is told of at once; versions are never taken away. */
    private Future<StreamSettings> checked(Call call, Body body) {
        StreamSettings settings = body.settings();
        EventStreamProblems.of(settings).ifPresent(problem -> {
            throw new ProblemException(problem);
        });
        SchemaReference reference = settings.schema();
        if (reference == null) {
            return Future.succeededFuture(settings);
        }
        Address schema = new Address(call.domain(), SchemaCapability.KIND, reference.subject());
        return schemas.find(schema, reference.version())
                .compose(found -> found.isPresent()
                        ? Future.succeededFuture(settings)
                        : Future.failedFuture(
                                new ProblemException(SchemaProblems.noSuchVersion(schema, reference.version()))));
    }

    private static Address address(Call call) {
        return new Address(call.domain(), EventStreamCapability.KIND, call.path("name"));
    }

    private Future<Reply> get(Call call) {
        Address address = address(call);
        return routes.get(call, address).compose(reply -> {
            if (!(reply.body() instanceof View view) || call.query("asOf").isPresent()) {
                return Future.succeededFuture(reply);
            }
            return counts(address)
                    .map(counts -> new Reply(
                            reply.status(),
                            view.with(deduplicatedSince.apply(address), counts.orElse(null)),
                            reply.headers()));
        });
    }

    /** Without partitions while its topics are not there, empty while the broker is not. */
    private Future<Optional<Counts>> counts(Address stream) {
        String topic = Topics.stream(stream);
        return reader.extents(topic)
                .compose(events ->
                        reader.extents(Topics.deadLetters(topic)).map(dead -> Optional.of(Counts.of(events, dead))))
                .recover(failure -> {
                    log.atInfo()
                            .addKeyValue("subject", stream)
                            .addKeyValue("cause", String.valueOf(failure.getMessage()))
                            .log("Events could not be counted");
                    return Future.succeededFuture(Optional.empty());
                });
    }

    /**
     * What lies in the topics.
     *
     * @param events that are kept
     * @param produced that ever were
     */
    private record Counts(long events, long produced, long deadLetters, List<Extent> partitions) {

        static Counts of(List<Extent> events, List<Extent> dead) {
            return new Counts(
                    kept(events), events.stream().mapToLong(Extent::end).sum(), kept(dead), events);
        }

        private static long kept(List<Extent> extents) {
            return extents.stream()
                    .mapToLong(extent -> extent.end() - extent.first())
                    .sum();
        }
    }

    /** An event stream as the API shows it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            String id,
            String name,
            String domain,
            StreamPhase state,
            @Nullable String reason,
            String topic,
            @Nullable SchemaReference schema,
            @Nullable String key,
            int partitions,
            int retentionHours,
            @Nullable String table,
            EvolutionPolicy evolution,
            DeadLetterPolicy deadLetters,
            int deduplicationMinutes,
            @Nullable Instant deduplicatedSince,
            @Nullable ProducerQuota quota,
            long version,
            Instant createdAt,
            @Nullable Counts counts) {

        static View of(Stored<EventStream> stored) {
            EventStream stream = stored.state();
            StreamSettings settings = stream.settings();
            return new View(
                    stream.id(),
                    stream.address().name(),
                    stream.address().domain(),
                    stream.phase(),
                    stream.reason(),
                    Topics.stream(stream.address()),
                    settings.schema(),
                    settings.key(),
                    settings.partitions(),
                    settings.retentionHours(),
                    settings.table(),
                    settings.evolution(),
                    settings.deadLetters(),
                    settings.deduplicationMinutes(),
                    null,
                    settings.quota(),
                    stored.version(),
                    stream.createdAt(),
                    null);
        }

        View with(@Nullable Instant since, @Nullable Counts counted) {
            return new View(
                    id,
                    name,
                    domain,
                    state,
                    reason,
                    topic,
                    schema,
                    key,
                    partitions,
                    retentionHours,
                    table,
                    evolution,
                    deadLetters,
                    deduplicationMinutes,
                    since,
                    quota,
                    version,
                    createdAt,
                    counted);
        }
    }
}
