package io.fjord.ingest.produce;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.Topics;
import io.fjord.ingest.eventstream.EventStreamCapability;
import io.fjord.ingest.produce.Result.Fate;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.fjord.platform.kafka.StreamReader;
import io.fjord.platform.kafka.StreamReader.Lying;
import io.fjord.platform.kafka.StreamSender;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Events over HTTP: in, and what was not taken, looked at and taken after all. */
final class ProduceRoutes {

    /** Larger bodies are read beside the event loop. */
    private static final int SMALL = 8 * 1024;

    private static final int MOST_TOLD = 100;
    private static final String CE = "ce-";

    private final Vertx vertx;
    private final Streams streams;
    private final StreamSender sender;
    private final StreamReader reader;
    private final ProducerQuotas quotas;
    private final ProducedLog produced;
    private final BooleanSupplier here;
    private final Elsewhere elsewhere;

    /** @param here whether events are taken by this process: by one at a time */
    ProduceRoutes(
            Vertx vertx,
            Streams streams,
            StreamSender sender,
            StreamReader reader,
            ProducerQuotas quotas,
            ProducedLog produced,
            BooleanSupplier here,
            Elsewhere elsewhere) {
        this.vertx = vertx;
        this.streams = streams;
        this.sender = sender;
        this.reader = reader;
        this.quotas = quotas;
        this.produced = produced;
        this.here = here;
        this.elsewhere = elsewhere;
    }

    void install(Api api) {
        api.raw("openProducer", this::openProducer)
                .on("produceEvents", this::produce)
                .on("listStreamDeadLetters", this::deadLetters)
                .on("replayStreamDeadLetter", this::replay);
    }

    private static Address address(Call call) {
        return new Address(call.domain(), EventStreamCapability.KIND, call.path("name"));
    }

    // In

    /**
     * Events as they were sent.
     *
     * @param headers CloudEvents' own, without {@code ce-}
     * @param key the Idempotency-Key; null for none
     */
    record Sent(
            String contentType,
            @Nullable String encoding,
            Map<String, String> headers,
            @Nullable String key,
            byte[] body) {}

    private Future<Reply> produce(Call call) {
        Address address = address(call);
        Map<String, String> headers = new LinkedHashMap<>();
        call.request().headers().forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.startsWith(CE)) {
                headers.put(lower.substring(CE.length()), value);
            }
        });
        Sent sent = new Sent(
                call.header("Content-Type").orElse(""),
                call.header("Content-Encoding").orElse(null),
                headers,
                call.idempotencyKey().orElse(null),
                call.body().getBytes());
        boolean brief = call.header("Prefer").orElse("").contains("return=minimal");
        return take(call, address, sent).map(taken -> reply(taken, brief));
    }

    /**
     * What became of events.
     *
     * @param deduplicatedSince see {@link Streams#deduplicatedSince}
     */
    record Taken(List<Result> results, @Nullable Instant deduplicatedSince) {}

    /** What becomes of each event, here or where events are taken; fails with a problem where none was looked at. */
    Future<Taken> take(Call call, Address address, Sent sent) {
        return here.getAsBoolean()
                ? takeHere(address, call.actor(), sent)
                        .map(results -> new Taken(results, streams.deduplicatedSince(address)))
                : elsewhere.take(call, address, sent);
    }

    private Future<List<Result>> takeHere(Address address, String actor, Sent sent) {
        return streams.open(address).compose(stream -> {
            quotas.admit(address, actor, stream.settings().quota());
            if (!sender.admits()) {
                return Future.failedFuture(EventProblems.busy(sender.drain()));
            }
            boolean small = sent.body().length <= SMALL && sent.encoding() == null;
            Future<List<Result>> taken = small
                    ? read(stream, actor, sent)
                    : vertx.executeBlocking(() -> read(stream, actor, sent), false)
                            .compose(results -> results);
            return taken.onSuccess(results -> account(stream, actor, sent, results));
        });
    }

    private Future<List<Result>> read(OpenStream stream, String actor, Sent sent) {
        byte[] body = Bodies.unpacked(sent.body(), sent.encoding());
        EventParser parser = new EventParser(
                sent.key() == null
                        ? Ids.next()
                        : Ids.of("events", stream.address().toString(), actor, sent.key()),
                sent.key() != null,
                stream.source(),
                stream.type(),
                stream.looksInside());
        List<Piece> pieces = parser.read(sent.contentType(), sent.headers(), body);
        // It may have taken a while: what another takes by now it must not find here.
        return here.getAsBoolean() ? stream.take(pieces, actor) : Future.failedFuture(EventProblems.changingHands());
    }

    private void account(OpenStream stream, String actor, Sent sent, List<Result> results) {
        quotas.used(stream.address(), actor, stream.settings().quota(), results.size(), sent.body().length);
        produced.add(stream.address(), actor, fates(results), sent.body().length);
    }

    private static Map<Fate, Long> fates(List<Result> results) {
        Map<Fate, Long> fates = new EnumMap<>(Fate.class);
        results.forEach(result -> fates.merge(result.result(), 1L, Long::sum));
        return fates;
    }

    /**
     * The answer to a request.
     *
     * @param deduplicatedSince see {@link Streams#deduplicatedSince}
     * @param results of all events, or of those that were not taken
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Answer(
            long accepted,
            long duplicates,
            long deadLettered,
            long refused,
            long notAcknowledged,
            @Nullable Instant deduplicatedSince,
            List<Result> results) {}

    private Reply reply(Taken events, boolean brief) {
        List<Result> results = events.results();
        Map<Fate, Long> fates = fates(results);
        long taken = fates.getOrDefault(Fate.ACCEPTED, 0L) + fates.getOrDefault(Fate.DUPLICATE, 0L);
        if (taken == 0 && !results.isEmpty()) {
            throw none(results);
        }
        Reply reply = Reply.of(
                202,
                new Answer(
                        fates.getOrDefault(Fate.ACCEPTED, 0L),
                        fates.getOrDefault(Fate.DUPLICATE, 0L),
                        fates.getOrDefault(Fate.DEAD_LETTERED, 0L),
                        fates.getOrDefault(Fate.REFUSED, 0L),
                        fates.getOrDefault(Fate.NOT_ACKNOWLEDGED, 0L),
                        events.deduplicatedSince(),
                        brief
                                ? results.stream()
                                        .filter(result -> !result.taken())
                                        .toList()
                                : results));
        return fates.containsKey(Fate.NOT_ACKNOWLEDGED)
                ? reply.header("Retry-After", Long.toString(sender.drain().toSeconds()))
                : reply;
    }

    /** One alone gets its own problem; of many, each is named. */
    private ProblemException none(List<Result> results) {
        Optional<Result> again = results.stream()
                .filter(result -> result.result() == Fate.NOT_ACKNOWLEDGED)
                .findFirst();
        if (again.isPresent()) {
            return new ProblemException(problem(again.get())).retryAfter(sender.drain());
        }
        if (results.size() == 1) {
            return new ProblemException(kept(results.get(0)));
        }
        List<Fault> faults = new ArrayList<>();
        for (Result result : results.subList(0, Math.min(MOST_TOLD, results.size()))) {
            faults.add(new Fault("/" + result.index(), kept(result).detail()));
        }
        return new ProblemException(EventProblems.allRefused(faults));
    }

    private static Problem kept(Result result) {
        Problem problem = problem(result);
        return result.result() == Fate.DEAD_LETTERED
                ? new Problem(
                        problem.type(),
                        problem.title(),
                        problem.status(),
                        problem.detail() + " It is kept as dead letter " + result.partition() + "-" + result.offset()
                                + ".",
                        problem.instance(),
                        problem.faults())
                : problem;
    }

    private static Problem problem(Result result) {
        Problem problem = result.problem();
        return problem == null ? EventProblems.notAcknowledged() : problem;
    }

    /** A WebSocket for who produces for long. */
    private void openProducer(RoutingContext context) {
        Call call = Call.of(context);
        Address address = address(call);
        if (!"websocket".equalsIgnoreCase(context.request().getHeader("Upgrade"))) {
            context.fail(EventProblems.noWebSocket());
            return;
        }
        // Now: the request is read to its end as soon as this returns.
        context.request()
                .toWebSocket()
                .onSuccess(socket -> {
                    ProducerSocket producer = new ProducerSocket(vertx, socket, this, sender::admits, address, call);
                    producer.open();
                    streams.open(address).onFailure(producer::refuse);
                })
                .onFailure(context::fail);
    }

    // What was not taken

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Letter(
            String id,
            Instant time,
            @Nullable String actor,
            @Nullable Problem problem,
            @Nullable String key,
            Map<String, String> attributes,
            @Nullable String text,
            @Nullable String base64) {

        static Letter of(Lying record) {
            String problem = record.headers().get("fjord-problem");
            Map<String, String> attributes = new LinkedHashMap<>();
            record.headers().forEach((name, value) -> {
                if (name.startsWith("ce_")) {
                    attributes.put(name.substring(3), value);
                }
            });
            String text = utf8(record.value());
            return new Letter(
                    record.partition() + "-" + record.offset(),
                    record.time(),
                    record.headers().get("fjord-actor"),
                    problem == null ? null : Json.read(problem, Problem.class),
                    record.key(),
                    attributes,
                    text,
                    text == null ? Base64.getEncoder().encodeToString(record.value()) : null);
        }

        private static @Nullable String utf8(byte[] value) {
            try {
                JsonText.checkUtf8(value);
                return new String(value, StandardCharsets.UTF_8);
            } catch (JsonText.Wrong e) {
                return null;
            }
        }
    }

    private record Letters(List<Letter> items) {}

    private Future<Reply> deadLetters(Call call) {
        Address address = address(call);
        return streams.open(address)
                .compose(stream -> reader.newest(Topics.deadLetters(Topics.stream(address)), call.pageSize()))
                .map(records ->
                        Reply.ok(new Letters(records.stream().map(Letter::of).toList())));
    }

    private Future<Reply> replay(Call call) {
        Address address = address(call);
        String[] id = call.path("id").split("-", 2);
        return streams.open(address)
                .compose(stream -> reader.one(
                        Topics.deadLetters(Topics.stream(address)), Integer.parseInt(id[0]), Long.parseLong(id[1])))
                .compose(found -> {
                    Lying letter = found.orElseThrow(() -> HttpProblems.noSuchPath(call.path()));
                    return take(call, address, sent(call.path("id"), letter));
                })
                .map(taken -> reply(taken, false));
    }

    /** As it came first: what could be read as an event is one again, of the same id; anything else gets one of its own. */
    private static Sent sent(String id, Lying letter) {
        Map<String, String> headers = new LinkedHashMap<>();
        letter.headers().forEach((name, value) -> {
            if (name.startsWith("ce_")) {
                headers.put(name.substring(3), value.replace("%", "%25"));
            }
        });
        boolean whole = headers.containsKey("id") && headers.containsKey("specversion");
        return new Sent("application/json", null, whole ? headers : Map.of(), "dead-letter-" + id, letter.value());
    }
}
