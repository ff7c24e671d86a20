package io.fjord.ingest.produce;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.Topics;
import io.fjord.contract.ingest.eventstream.DeadLetterPolicy;
import io.fjord.contract.ingest.eventstream.EvolutionPolicy;
import io.fjord.contract.ingest.eventstream.StreamSettings;
import io.fjord.ingest.eventstream.EventStream;
import io.fjord.ingest.produce.Deduplication.Known;
import io.fjord.ingest.produce.RecentEvents.Name;
import io.fjord.ingest.produce.Result.Fate;
import io.fjord.ingest.schema.Definition;
import io.fjord.kernel.CrashPoint;
import io.fjord.platform.kafka.StreamSender;
import io.fjord.platform.kafka.StreamSender.Acknowledgement;
import io.fjord.platform.kafka.StreamSender.Attribute;
import io.fjord.platform.kafka.StreamSender.Failure;
import io.fjord.platform.kafka.StreamSender.Outgoing;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A stream that takes events: checks them, knows those that are there, sends the others, and tells of each what became of it. */
final class OpenStream {

    private static final Attribute SPEC_VERSION = attribute("ce_specversion", "1.0");
    private static final Attribute JSON = attribute("content-type", "application/json");

    private final EventStream stream;
    private final long version;
    private final @Nullable Definition definition;
    private final @Nullable Deduplication deduplication;
    private final StreamSender sender;
    private final Clock clock;
    private final String topic;

    /**
     * @param version of the row it was made from
     * @param definition what data must be; null for anything
     * @param deduplication null for a stream that knows no duplicates
     */
    OpenStream(
            EventStream stream,
            long version,
            @Nullable Definition definition,
            @Nullable Deduplication deduplication,
            StreamSender sender,
            Clock clock) {
        this.stream = stream;
        this.version = version;
        this.definition = definition;
        this.deduplication = deduplication;
        this.sender = sender;
        this.clock = clock;
        this.topic = Topics.stream(stream.address());
    }

    Address address() {
        return stream.address();
    }

    EventStream stream() {
        return stream;
    }

    StreamSettings settings() {
        return stream.settings();
    }

    long version() {
        return version;
    }

    @Nullable
    Deduplication deduplication() {
        return deduplication;
    }

    /** For want of memory only what came later than that is known; null for the whole window. */
    @Nullable
    Instant deduplicatedSince() {
        Long since = deduplication == null ? null : deduplication.shortened(clock.millis());
        return since == null ? null : Instant.ofEpochMilli(since);
    }

    /** Whether the data of events is needed as trees. */
    boolean looksInside() {
        return definition != null || settings().key() != null;
    }

    String source() {
        return "/api/v1/event-streams/" + address().name() + "?domain="
                + address().domain();
    }

    String type() {
        return "fjord.stream." + address().name();
    }

    /** One event on its way through. */
    private static final class Sent {
        private final int index;
        private final @Nullable StreamEvent event;
        private final @Nullable Name name;
        private final @Nullable Problem problem;

        Sent(int index, @Nullable StreamEvent event, @Nullable Name name, @Nullable Problem problem) {
            this.index = index;
            this.event = event;
            this.name = name;
            this.problem = problem;
        }
    }

    /** An attribute that most events of a request have in common. */
    private static final class Repeated {
        private final String name;
        private String text = "";
        private @Nullable Attribute last;

        Repeated(String name) {
            this.name = name;
        }

        Attribute of(String value) {
            Attribute known = last;
            if (known == null || !value.equals(text)) {
                known = attribute(name, value);
                text = value;
                last = known;
            }
            return known;
        }
    }

    /** What becomes of one request's events; filled in as it is known. */
    private final class Taking {
        private final Result[] results;
        private final String actor;
        /** One for all: they are accepted together. */
        private final Attribute time =
                attribute("ce_time", Instant.ofEpochMilli(clock.millis()).toString());

        private final Repeated source = new Repeated("ce_source");
        private final Repeated type = new Repeated("ce_type");
        private final List<Outgoing> outgoing = new ArrayList<>();
        private final List<Sent> sent = new ArrayList<>();
        private final List<Future<?>> others = new ArrayList<>();

        Taking(int size, String actor) {
            this.results = new Result[size];
            this.actor = actor;
        }

        void take(int index, Piece piece) {
            if (piece instanceof Piece.Read read) {
                event(index, read.event());
            } else if (piece instanceof Piece.Broken broken) {
                refuse(index, null, broken.problem(), null, broken.attributes(), broken.raw());
            }
        }

        private void event(int index, StreamEvent event) {
            List<Fault> faults = new ArrayList<>();
            String key = key(event, faults);
            JsonNode tree = event.tree();
            if (definition != null && tree != null) {
                faults.addAll(definition.faults(tree, settings().evolution() == EvolutionPolicy.EVOLVE));
            }
            if (!faults.isEmpty()) {
                Problem problem = EventProblems.invalid(
                        faults.size() == 1
                                ? pointed(faults.get(0))
                                : faults.size() + " things are wrong with it, the first: " + pointed(faults.get(0)),
                        faults);
                refuse(index, event, problem, key, event.attributes(), event.data());
                return;
            }
            Name name = deduplication == null || !event.known() ? null : Name.of(event.source(), event.id());
            if (name == null || mine(index, event, name)) {
                outgoing.add(new Outgoing(topic, key, event.data(), headers(event)));
                sent.add(new Sent(index, event, name, null));
            }
        }

        private String pointed(Fault fault) {
            return (fault.pointer().isEmpty() ? "the event" : "'" + fault.pointer() + "'") + " " + fault.detail();
        }

        /** Whether it is to be sent. */
        private boolean mine(int index, StreamEvent event, Name name) {
            Deduplication known = deduplication;
            Known what = known == null ? new Known.New() : known.claim(name);
            if (what instanceof Known.New) {
                return true;
            }
            if (what instanceof Known.There there) {
                boolean same = there.place().print() == RecentEvents.print(event.data());
                results[index] = same
                        ? new Result(
                                index,
                                Fate.DUPLICATE,
                                event.id(),
                                there.place().partition(),
                                there.place().offset(),
                                null)
                        : refused(index, event, EventProblems.differs(event.id(), event.source()));
            } else if (what instanceof Known.OnItsWay other) {
                others.add(other.result()
                        .onSuccess(result -> results[index] = result.result() == Fate.ACCEPTED
                                ? new Result(
                                        index, Fate.DUPLICATE, event.id(), result.partition(), result.offset(), null)
                                : result.at(index)));
            } else {
                results[index] =
                        new Result(index, Fate.NOT_ACKNOWLEDGED, event.id(), null, null, EventProblems.notSent());
            }
            return false;
        }

        private void refuse(
                int index,
                @Nullable StreamEvent event,
                Problem problem,
                @Nullable String key,
                Map<String, String> attributes,
                byte[] raw) {
            if (settings().deadLetters() == DeadLetterPolicy.REFUSE) {
                results[index] = refused(index, event, problem);
                return;
            }
            List<Attribute> headers = new ArrayList<>();
            if (event != null) {
                headers.addAll(headers(event));
            } else {
                attributes.forEach((name, value) -> headers.add(attribute("ce_" + name, value)));
            }
            headers.add(attribute("fjord-problem", Json.text(problem)));
            headers.add(attribute("fjord-actor", actor));
            outgoing.add(new Outgoing(Topics.deadLetters(topic), key, raw, headers));
            sent.add(new Sent(index, event, null, problem));
        }

        private List<Attribute> headers(StreamEvent event) {
            List<Attribute> headers = new ArrayList<>(7 + event.attributes().size());
            headers.add(SPEC_VERSION);
            headers.add(attribute("ce_id", event.id()));
            headers.add(source.of(event.source()));
            headers.add(type.of(event.type()));
            event.attributes().forEach((name, value) -> headers.add(attribute("ce_" + name, value)));
            if (!event.attributes().containsKey("time")) {
                headers.add(time);
            }
            headers.add(JSON);
            return headers;
        }

        Future<List<Result>> send() {
            Future<Void> own = sender.send(outgoing).map(acknowledged -> {
                CrashPoint.BETWEEN_ACK_AND_ANSWER.here();
                long now = clock.millis();
                for (int i = 0; i < sent.size(); i++) {
                    settle(sent.get(i), acknowledged.get(i), now);
                }
                return null;
            });
            // Those of others are told by their own requests, which end in their own time.
            return own.compose(ok -> Future.join(others).map(all -> Arrays.asList(results)));
        }

        private void settle(Sent one, Acknowledgement acknowledged, long now) {
            String id = one.event == null ? null : one.event.id();
            Failure failure = acknowledged.failure();
            Result result;
            if (failure == null) {
                result = new Result(
                        one.index,
                        one.problem == null ? Fate.ACCEPTED : Fate.DEAD_LETTERED,
                        id,
                        acknowledged.partition(),
                        acknowledged.offset(),
                        one.problem);
            } else if (one.problem != null) {
                // Not kept, but wrong all the same: sending it again does not help.
                result = new Result(one.index, Fate.REFUSED, id, null, null, one.problem);
            } else if (failure == Failure.TOO_LARGE) {
                result = new Result(
                        one.index, Fate.REFUSED, id, null, null, EventProblems.tooLarge(EventParser.LARGEST));
            } else {
                result = new Result(
                        one.index,
                        Fate.NOT_ACKNOWLEDGED,
                        id,
                        null,
                        null,
                        failure == Failure.NOT_SENT ? EventProblems.notSent() : EventProblems.notAcknowledged());
            }
            results[one.index] = result;
            if (one.name != null && one.event != null && deduplication != null) {
                deduplication.settle(
                        one.name, RecentEvents.print(one.event.data()), result, failure == Failure.UNKNOWN, now);
            }
        }
    }

    /** What became of each, in their order; never fails. May run on any thread. */
    Future<List<Result>> take(List<Piece> pieces, String actor) {
        Taking taking = new Taking(pieces.size(), actor);
        for (int i = 0; i < pieces.size(); i++) {
            taking.take(i, pieces.get(i));
        }
        return taking.send();
    }

    private static Result refused(int index, @Nullable StreamEvent event, Problem problem) {
        return new Result(index, Fate.REFUSED, event == null ? null : event.id(), null, null, problem);
    }

    private @Nullable String key(StreamEvent event, List<Fault> faults) {
        String pointer = settings().key();
        if (pointer == null) {
            String partitionKey = event.attributes().get("partitionkey");
            return partitionKey != null ? partitionKey : event.attributes().get("subject");
        }
        JsonNode value = event.tree() == null ? null : event.tree().at(pointer);
        if (value == null || value.isMissingNode() || value.isNull() || value.isContainerNode()) {
            faults.add(new Fault(pointer, "must be there, and a single value: it is the stream's key"));
            return null;
        }
        return value.asText();
    }

    private static Attribute attribute(String name, String value) {
        return new Attribute(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
