package io.fjord.ingest.eventstream;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Topics;
import io.fjord.contract.ingest.eventstream.EventStreamCommand;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.ReportEventStreamFailed;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.ReportEventStreamReady;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamChanged;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamCreated;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamDeleted;
import io.fjord.contract.ingest.eventstream.StreamSettings;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Reaction;
import io.fjord.platform.kafka.StreamTopics;
import io.fjord.platform.kafka.TopicSpec;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** What is wished of a stream is brought about at the broker: its topics are made, changed and taken away, and that is told. */
public final class StreamPreparation implements Reaction {

    private static final String SERVICE = "ingest";

    /** What stands in dead letters is looked at by people: they get a month, or as long as the events are kept. */
    private static final Duration DEAD_LETTERS_KEPT = Duration.ofDays(30);

    private final StreamTopics topics;
    private final MessageTypes types;
    private final Predicate<Throwable> passing;
    private final Function<Address, Future<Boolean>> there;

    /**
     * @param passing of failures of the broker, those that are waited out
     * @param there whether there is such a stream now
     */
    public StreamPreparation(
            StreamTopics topics,
            MessageTypes types,
            Predicate<Throwable> passing,
            Function<Address, Future<Boolean>> there) {
        this.topics = topics;
        this.types = types;
        this.passing = passing;
        this.there = there;
    }

    @Override
    public String name() {
        return "ingest.stream-preparation";
    }

    @Override
    public Set<String> services() {
        return Set.of(SERVICE);
    }

    @Override
    public Future<List<CommandEnvelope<byte[]>>> on(EventEnvelope<byte[]> event) {
        if (!event.subject().kind().equals(EventStreamCapability.KIND) || !types.knows(event.type())) {
            return Future.succeededFuture(List.of());
        }
        Object data = types.read(event.type(), event.data());
        if (data instanceof EventStreamCreated created) {
            return prepare(event, created.settings(), created.generation());
        }
        if (data instanceof EventStreamChanged changed) {
            return prepare(event, changed.settings(), changed.generation());
        }
        if (data instanceof EventStreamDeleted deleted) {
            String topic = Topics.stream(event.subject());
            List<String> its = deleted.topics() == null ? List.of() : deleted.topics();
            // It may have been made anew since, and its topics by another process: those it had go in any case.
            return topics.delete(
                            List.of(topic, Topics.deadLetters(topic)),
                            its,
                            () -> there.apply(event.subject()).map(again -> !again))
                    .map(List.of());
        }
        return Future.succeededFuture(List.of());
    }

    private Future<List<CommandEnvelope<byte[]>>> prepare(
            EventEnvelope<byte[]> event, StreamSettings settings, long generation) {
        return topics.ensure(of(event.subject(), settings))
                .map(ids -> List.of(report(event, new ReportEventStreamReady(generation, ids))))
                .recover(failure -> passing.test(failure)
                        ? Future.failedFuture(failure)
                        : Future.succeededFuture(List.of(report(
                                event,
                                new ReportEventStreamFailed(generation, String.valueOf(failure.getMessage()))))));
    }

    static List<TopicSpec> of(Address stream, StreamSettings settings) {
        String topic = Topics.stream(stream);
        Duration kept = Duration.ofHours(settings.retentionHours());
        Duration deadKept = kept.compareTo(DEAD_LETTERS_KEPT) > 0 ? kept : DEAD_LETTERS_KEPT;
        return List.of(
                new TopicSpec(topic, settings.partitions(), keeping(kept)),
                new TopicSpec(Topics.deadLetters(topic), 1, keeping(deadKept)));
    }

    /** Times are those of acceptance: what is read back to know duplicates is found by them. */
    private static Map<String, String> keeping(Duration kept) {
        return Map.of(
                "cleanup.policy", "delete",
                "retention.ms", String.valueOf(kept.toMillis()),
                "message.timestamp.type", "LogAppendTime");
    }

    private CommandEnvelope<byte[]> report(EventEnvelope<byte[]> event, EventStreamCommand report) {
        return new CommandEnvelope<>(
                Ids.of("stream-preparation", event.id(), report.getClass().getSimpleName()),
                types.typeOf(report),
                SERVICE,
                Instant.now(),
                event.subject(),
                "service:" + SERVICE,
                event.correlationId(),
                event.id(),
                null,
                event.traceparent(),
                Json.bytes(report));
    }
}
