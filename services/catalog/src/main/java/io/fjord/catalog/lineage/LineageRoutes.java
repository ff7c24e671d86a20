package io.fjord.catalog.lineage;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.catalog.asset.KnownThings;
import io.fjord.catalog.lineage.Graph.Node;
import io.fjord.catalog.lineage.Graph.Walk;
import io.fjord.catalog.lineage.Graph.Walked;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Table;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Takes OpenLineage events in and tells what flows where. */
public final class LineageRoutes {

    /** Where the right to tell lies. */
    private static final String EVENTS = "events";

    private static final int PATIENCE_SECONDS = 3;

    private final Vertx vertx;
    private final Database database;
    private final Metastore metastore;
    private final Reads reads;
    private final Supplier<Future<Position>> folded;
    private final LineageStore store;
    private final Graph graph;
    private final Clock clock;

    /** @param folded how far the tables are known */
    public LineageRoutes(
            Vertx vertx,
            Database database,
            Metastore metastore,
            Reads reads,
            Supplier<Future<Position>> folded,
            Clock clock) {
        this.vertx = vertx;
        this.database = database;
        this.metastore = metastore;
        this.reads = reads;
        this.folded = folded;
        this.store = new LineageStore(database);
        this.graph = new Graph(database);
        this.clock = clock;
    }

    public void install(Api api) {
        api.on("tellLineage", call -> tell(call, false))
                .on("tellLineageBatch", call -> tell(call, true))
                .on("getLineage", this::get)
                .on("listLineageEvents", this::listed);
    }

    // Told

    /** What OpenLineage's clients expect of a batch. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Summary(String status, Counts summary, List<Failed> failed_events) {}

    private record Counts(int received, int successful, int failed, int retriable, int non_retriable) {}

    private record Failed(int index, String reason, boolean retriable) {}

    private Future<Reply> tell(Call call, boolean batch) {
        call.require(new Address(call.domain(), "lineage", EVENTS));
        String body = call.body().toString(StandardCharsets.UTF_8);
        return vertx.executeBlocking(() -> Received.of(body), false).compose(received -> {
            if (!batch && !received.failed().isEmpty()) {
                return Future.failedFuture(
                        HttpProblems.invalidRequest("", received.failed().get(0).reason()));
            }
            return known(call.domain(), received.told())
                    .compose(ok -> received.told().isEmpty()
                            ? Future.succeededFuture()
                            : store.save(call.domain(), call.actor(), received.told(), clock.instant()))
                    .map(ok -> batch ? received.summary() : Reply.noContent().status(201));
        });
    }

    /** What was sent, as far as it can be read. */
    private record Received(int count, List<Told> told, List<Failed> failed) {

        /** One event, or a list of them; each is kept to the letter as it came. */
        static Received of(String body) {
            List<Told> told = new ArrayList<>();
            List<Failed> failed = new ArrayList<>();
            int count = 0;
            try (JsonParser parser = Json.MAPPER.createParser(body)) {
                boolean list = parser.nextToken() == JsonToken.START_ARRAY;
                JsonToken token = list ? parser.nextToken() : parser.currentToken();
                for (; token != null && token != JsonToken.END_ARRAY; token = parser.nextToken(), count++) {
                    int begin = (int) parser.currentTokenLocation().getCharOffset();
                    JsonNode event = parser.readValueAsTree();
                    int end = (int) parser.currentLocation().getCharOffset();
                    try {
                        if (!event.isObject()) {
                            throw new IllegalArgumentException("is no OpenLineage event");
                        }
                        if (!isOfNoRun(event)) {
                            told.add(Told.read(body.substring(begin, end), event));
                        }
                    } catch (IllegalArgumentException e) {
                        failed.add(new Failed(count, String.valueOf(e.getMessage()), false));
                    }
                }
            } catch (IOException e) {
                throw HttpProblems.invalidRequest("", "is not JSON");
            }
            return new Received(count, told, failed);
        }

        Reply summary() {
            return Reply.of(
                    failed.isEmpty() ? 200 : 207,
                    new Summary(
                            failed.isEmpty() ? "success" : "partial_success",
                            new Counts(count, count - failed.size(), failed.size(), 0, failed.size()),
                            failed));
        }
    }

    /** Of jobs and datasets by themselves nothing flows. */
    private static boolean isOfNoRun(JsonNode event) {
        return !event.has("run") && (event.has("job") || event.has("dataset"));
    }

    /** The tables it tells of may have come into being a moment ago. */
    private Future<Void> known(String domain, List<Told> told) {
        return metastore
                .position()
                .compose(end ->
                        reads.eventually(PATIENCE_SECONDS, () -> folded.get().map(at -> !end.isAfter(at))))
                .compose(ok -> reads.eventually(PATIENCE_SECONDS, () -> store.knowsTablesOfHive(domain, told)))
                .mapEmpty();
    }

    // Asked

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record NodeView(
            String id, @Nullable String address, @Nullable String asset, String namespace, String name, int hops) {}

    private record JobView(String namespace, String name, String state, String lastRun) {}

    private record FlowView(String from, String to, String how) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record EdgeView(
            String from,
            String to,
            @Nullable JobView job,
            Instant firstSeen,
            Instant lastSeen,
            List<FlowView> columns) {}

    private record View(
            String asset, String direction, List<NodeView> nodes, List<EdgeView> edges, boolean truncated) {}

    private Future<Reply> get(Call call) {
        Address thing = thing(call);
        call.require(AssetName.about(thing).in(thing.domain()));
        boolean upstream = call.query("direction").orElse("upstream").equals("upstream");
        int depth = call.queryInt("depth", 3);
        Predicate<Node> shown = shown(call, thing.domain());
        return reads.reached(call)
                .compose(ok -> until(call))
                .compose(until -> database.transaction(tx -> KnownThings.id(tx, thing))
                        .compose(id -> {
                            if (id == null) {
                                throw new ProblemException(notFound(thing));
                            }
                            return graph.walk(new Walk(thing.domain(), id, upstream, depth, until.orElse(null), shown));
                        }))
                .map(walked -> Reply.ok(view(thing, upstream, walked)));
    }

    private static Address thing(Call call) {
        try {
            Address address = Address.parse(call.query("asset").orElse(""));
            return address.kind().equals(AssetName.KIND) ? AssetName.thing(address) : address;
        } catch (IllegalArgumentException e) {
            throw HttpProblems.invalidRequest(
                    "asset", "must be the address of a table or view: default/table/default.sales.orders");
        }
    }

    /** What is none of ours is for who may read the lineage of the domain. */
    private static Predicate<Node> shown(Call call, String domain) {
        Map<String, Predicate<Address>> byKind = new HashMap<>();
        boolean foreign = call.may("lineage:read", new Address(domain, "lineage", EVENTS));
        return node -> node.thing() == null
                ? foreign
                : byKind.computeIfAbsent(node.thing().kind(), kind -> call.those(kind + ":read"))
                        .test(node.thing());
    }

    private static Problem notFound(Address thing) {
        return Problem.of(
                "asset-not-found",
                404,
                "No such asset",
                "There is no '" + thing + "'. GET /api/v1/assets lists what there is.");
    }

    /** Empty for now. */
    private Future<Optional<Long>> until(Call call) {
        String given = call.query("asOf").orElse("");
        return reads.asOf(call, metastore).compose(position -> {
            if (position.isEmpty()) {
                return Future.succeededFuture(Optional.empty());
            }
            if (given.indexOf('-') >= 0) {
                return Future.succeededFuture(Optional.of(
                        micros(OffsetDateTime.parse(given.replace(' ', '+')).toInstant())));
            }
            long before = Math.max(0, position.get().n() - 1);
            return metastore
                    .journal(new Position(position.get().epoch(), before), 1)
                    .map(events -> Optional.of(micros(
                            events.isEmpty() ? clock.instant() : events.get(0).time())));
        });
    }

    private static long micros(Instant time) {
        Long micros = Table.micros(time);
        return micros == null ? 0 : micros;
    }

    private static View view(Address thing, boolean upstream, Walked walked) {
        Map<List<Long>, List<FlowView>> flows = new HashMap<>();
        walked.columns()
                .forEach(flow -> flows.computeIfAbsent(List.of(flow.from(), flow.to()), none -> new ArrayList<>())
                        .add(new FlowView(flow.fromColumn(), flow.toColumn(), flow.how())));
        return new View(
                thing.toString(),
                upstream ? "upstream" : "downstream",
                walked.nodes().values().stream()
                        .map(node -> new NodeView(
                                id(node.id()),
                                node.thing() == null ? null : node.thing().toString(),
                                node.thing() == null
                                        ? null
                                        : AssetName.about(node.thing())
                                                .in(node.thing().domain())
                                                .toString(),
                                node.namespace(),
                                node.name(),
                                node.hops()))
                        .toList(),
                walked.edges().stream()
                        .map(edge -> {
                            Graph.Job job = walked.jobs().get(edge.job());
                            return new EdgeView(
                                    id(edge.from()),
                                    id(edge.to()),
                                    job == null
                                            ? null
                                            : new JobView(job.namespace(), job.name(), job.state(), job.runId()),
                                    Table.time(edge.firstMicros()),
                                    Table.time(edge.lastMicros()),
                                    flows.getOrDefault(List.of(edge.from(), edge.to()), List.of()));
                        })
                        .toList(),
                walked.cut());
    }

    /** As text: it uses all 64 bits. */
    private static String id(long number) {
        return Long.toUnsignedString(number, 36);
    }

    /** As they came: nothing in them is lost. */
    private record Events(List<Event> items) {}

    private record Event(@JsonRawValue String event) {}

    private Future<Reply> listed(Call call) {
        return store.events(call.domain(), call.query("run").orElse(""))
                .map(events ->
                        Reply.ok(new Events(events.stream().map(Event::new).toList())));
    }
}
