package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.KafkaMessages;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.fjord.launcher.kill.Evidence.Fact;
import io.fjord.launcher.kill.Evidence.Line;
import io.fjord.launcher.kill.Evidence.Sent;
import io.fjord.launcher.kill.KillablePlatform.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/** Gathers the evidence from a platform that runs, by the ways everybody can go: the API and the topics. */
final class Witness {

    private static final int PAGE = 1000;

    /** The services that decide commands, with what of theirs can be listed; ready for one more parameter. */
    private static final Map<String, List<String>> LISTS = Map.of(
            "core",
            List.of("/api/v1/clusters?"),
            "iam",
            List.of(
                    "/api/v1/groups?",
                    "/api/v1/roles?",
                    "/api/v1/grants?",
                    "/api/v1/grants?domain=platform&",
                    "/api/v1/service-accounts?"),
            "control-policies",
            List.of("/api/v1/policies?", "/api/v1/guardrails?"),
            "ingest",
            List.of("/api/v1/event-streams?"),
            "webhooks",
            List.of("/api/v1/subscriptions?"));

    private final KillablePlatform platform;
    private final History history;
    private final List<String> deciding;

    /** @param services that run, separated by commas */
    Witness(KillablePlatform platform, History history, String services) {
        this.platform = platform;
        this.history = history;
        this.deciding =
                List.of(services.split(",")).stream().filter(LISTS::containsKey).toList();
    }

    /** Passes as soon as all that was promised is so; views may be a moment behind. */
    void findsAllWell() {
        findsAllWell(evidence -> evidence);
        for (String service : deciding) {
            assertThat(platform.read("/api/v1/dead-letters?service=" + service).path("items"))
                    .as("dead letters of " + service)
                    .isEmpty();
        }
    }

    /** The same, of evidence seen in another light, and whatever broke while it was decided. */
    void findsAllWell(UnaryOperator<Evidence> seen) {
        assertThat(history.oddities()).isEmpty();
        await("all promises kept")
                .atMost(KillablePlatform.PATIENCE)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> {
                    List<Line> audit = audit();
                    for (String service : deciding) {
                        assertThat(Checker.check(seen.apply(of(service, audit))))
                                .as(service)
                                .isEmpty();
                    }
                    assertThat(Checker.check(ofCatalog(audit))).isEmpty();
                });
    }

    Evidence of(String service) {
        return of(service, audit());
    }

    private Evidence of(String service, List<Line> audit) {
        // In the order things happen, so that nothing is missed that was there when it was asked for.
        Map<String, String> operations = operations(service);
        List<Fact> topic = topic(service);
        List<Fact> journal = journal(service);
        List<Sent> commands = commands(service);
        StringBuilder rows = new StringBuilder();
        StringBuilder fold = new StringBuilder();
        for (String list : LISTS.getOrDefault(service, List.of())) {
            Answer now = platform.answer(list + "pageSize=1000");
            String position = String.valueOf(now.header("Fjord-Position")).replace(service + "=", "");
            rows.append(list).append(now.body()).append('\n');
            fold.append(list)
                    .append(platform.read(list + "pageSize=1000&asOf=" + position))
                    .append('\n');
        }
        return new Evidence(
                service,
                history.calls().stream()
                        .filter(call -> call.service().equals(service))
                        .toList(),
                commands,
                journal,
                topic,
                audit,
                operations,
                rows.toString(),
                fold.toString());
    }

    /** The catalog decides at once: it has a journal, a topic and no commands. */
    private Evidence ofCatalog(List<Line> audit) {
        List<Fact> topic = topic("catalog");
        return new Evidence("catalog", List.of(), List.of(), journal("catalog"), topic, audit, Map.of(), "", "");
    }

    // The API

    List<Fact> journal(String service) {
        List<Fact> journal = new ArrayList<>();
        Position from = Position.START;
        int size = PAGE;
        while (size == PAGE) {
            JsonNode page = platform.read("/api/v1/events?service=" + service + "&limit=" + PAGE + "&from=" + from)
                    .path("events");
            for (JsonNode event : page) {
                from = Position.parse(event.path("position").asText());
                String version = text(event, "version");
                journal.add(new Fact(
                        from,
                        event.path("id").asText(),
                        event.path("type").asText(),
                        event.path("subject").asText(),
                        version == null ? null : Long.valueOf(version),
                        text(event, "commandid"),
                        text(event, "outcome")));
            }
            size = page.size();
        }
        return journal;
    }

    private List<Line> audit() {
        List<Line> lines = new ArrayList<>();
        for (JsonNode entry : pages("/api/v1/audit/events?order=oldest")) {
            String kind = entry.path("kind").asText();
            String position = text(entry, "position");
            lines.add(new Line(
                    entry.path("seq").asLong(),
                    entry.path("service").asText(),
                    kind,
                    text(entry, "commandId"),
                    position == null ? null : Position.parse(position),
                    // An attempt shows the outcome too, once there is one.
                    kind.equals("attempt") ? null : text(entry, "outcome")));
        }
        return lines;
    }

    private Map<String, String> operations(String service) {
        Map<String, String> operations = new HashMap<>();
        for (String domain : List.of("default", "platform")) {
            for (JsonNode operation : pages("/api/v1/operations?domain=" + domain)) {
                if (operation.path("command").asText().startsWith("fjord." + service + ".")) {
                    String outcome = text(operation, "outcome");
                    operations.put(operation.path("id").asText(), outcome == null ? "pending" : outcome);
                }
            }
        }
        return operations;
    }

    List<JsonNode> pages(String path) {
        List<JsonNode> items = new ArrayList<>();
        String next = "";
        while (next != null) {
            JsonNode page = platform.read(path + "&pageSize=" + PAGE + next);
            page.path("items").forEach(items::add);
            String token = text(page, "nextPageToken");
            next = token == null ? null : "&pageToken=" + token;
        }
        return items;
    }

    private static @Nullable String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isMissingNode() || value.isNull() ? null : value.asText();
    }

    // The topics

    private List<Sent> commands(String service) {
        List<Sent> sent = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : records(Topics.commands(service))) {
            CommandEnvelope<byte[]> command = KafkaMessages.command(record);
            sent.add(new Sent(
                    record.partition(),
                    record.offset(),
                    command.id(),
                    command.subject().toString()));
        }
        return sent;
    }

    /** As they stand on the topic, in order. */
    List<EventEnvelope<byte[]>> events(String service) {
        return records(Topics.events(service)).stream()
                .map(KafkaMessages::event)
                .toList();
    }

    private List<Fact> topic(String service) {
        List<Fact> facts = new ArrayList<>();
        for (EventEnvelope<byte[]> event : events(service)) {
            Outcome outcome = event.outcome();
            facts.add(new Fact(
                    event.position(),
                    event.id(),
                    event.type(),
                    event.subject().toString(),
                    event.version(),
                    event.commandId(),
                    outcome == null ? null : outcome.wire()));
        }
        return facts;
    }

    /** All of a topic, partition by partition. */
    List<ConsumerRecord<String, byte[]>> records(String topic) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", platform.kafka().bootstrapServers(), "auto.offset.reset", "earliest");
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
            await("all of " + topic)
                    .atMost(KillablePlatform.PATIENCE)
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> {
                        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
                        return partitions.stream()
                                .allMatch(partition -> consumer.position(partition) >= ends.get(partition));
                    });
            records.sort(Comparator.<ConsumerRecord<String, byte[]>>comparingInt(ConsumerRecord::partition)
                    .thenComparingLong(ConsumerRecord::offset));
            return records;
        }
    }
}
