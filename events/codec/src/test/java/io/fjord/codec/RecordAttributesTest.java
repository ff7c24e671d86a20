package io.fjord.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.fjord.contract.Address;
import io.fjord.contract.Clearance;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Origin;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records are what the CloudEvents SDK makes of them, in both directions. */
class RecordAttributesTest {

    private static final String TOPIC = "fjord.core.events";
    private static final int[] LETTERS =
            "abz019-_.:/ \u00fc\u20ac\ud83d\ude00".codePoints().toArray();

    private static ConsumerRecord<String, byte[]> arrived(Headers headers, byte[] value) {
        return new ConsumerRecord<>(
                TOPIC,
                0,
                7,
                0,
                TimestampType.CREATE_TIME,
                0,
                0,
                "default/cluster/etl",
                value,
                headers,
                Optional.empty());
    }

    private static ConsumerRecord<String, byte[]> arrived(ProducerRecord<String, byte[]> sent) {
        return arrived(sent.headers(), sent.value());
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder("a");
        for (int i = random.nextInt(12); i > 0; i--) {
            text.appendCodePoint(LETTERS[random.nextInt(LETTERS.length)]);
        }
        return text.toString();
    }

    private static String maybe(Random random) {
        return random.nextBoolean() ? text(random) : null;
    }

    private static Instant time(Random random) {
        Instant second = Instant.ofEpochSecond(random.nextLong(-60_000_000_000L, 250_000_000_000L));
        return switch (random.nextInt(4)) {
            case 0 -> second;
            case 1 -> second.plusMillis(random.nextInt(1000));
            case 2 -> second.plusNanos(1000L * random.nextInt(1_000_000));
            default -> second.plusNanos(random.nextInt(1_000_000_000));
        };
    }

    private static EventEnvelope<byte[]> event(Random random) {
        return new EventEnvelope<>(
                text(random),
                text(random),
                "core",
                time(random),
                new Address("default", "cluster", text(random)),
                new Position(1 + random.nextInt(3), random.nextInt(100_000)),
                random.nextBoolean() ? random.nextLong(1_000) : null,
                text(random),
                text(random),
                maybe(random),
                maybe(random),
                random.nextBoolean() ? Outcome.values()[random.nextInt(Outcome.values().length)] : null,
                maybe(random),
                maybe(random),
                random.nextBoolean() ? Clearance.NONE : new Clearance(text(random), List.of()),
                text(random).getBytes(StandardCharsets.UTF_8));
    }

    private static CommandEnvelope<byte[]> command(Random random) {
        return new CommandEnvelope<>(
                text(random),
                text(random),
                "core",
                time(random),
                new Address("default", "cluster", text(random)),
                text(random),
                text(random),
                maybe(random),
                random.nextBoolean() ? random.nextLong(1_000) : null,
                maybe(random),
                new Origin(maybe(random), maybe(random), maybe(random)),
                text(random).getBytes(StandardCharsets.UTF_8));
    }

    /** The same event by the SDK: its own record, binary. */
    private static ConsumerRecord<String, byte[]> bySdk(ConsumerRecord<String, byte[]> ours) {
        return arrived(KafkaMessageFactory.<String>createWriter(TOPIC, 0, null, ours.key())
                .writeBinary(KafkaMessageFactory.createReader(ours).toEvent()));
    }

    private static TreeMap<String, String> attributes(ConsumerRecord<String, byte[]> record) {
        CloudEvent event = KafkaMessageFactory.createReader(record).toEvent();
        TreeMap<String, String> all = new TreeMap<>();
        event.getAttributeNames().forEach(name -> all.put(name, String.valueOf(event.getAttribute(name))));
        event.getExtensionNames().forEach(name -> all.put(name, String.valueOf(event.getExtension(name))));
        return all;
    }

    @Test
    void an_event_is_the_same_to_the_sdk_and_back() {
        for (int seed = 0; seed < 2_000; seed++) {
            EventEnvelope<byte[]> event = event(new Random(seed));

            ConsumerRecord<String, byte[]> ours = arrived(KafkaMessages.toRecord(TOPIC, 0, event));

            assertThat(attributes(ours))
                    .containsEntry("specversion", "1.0")
                    .containsEntry("datacontenttype", "application/json")
                    .containsEntry("id", event.id())
                    .containsEntry("source", "/services/core")
                    .containsEntry("time", event.time().atOffset(ZoneOffset.UTC).toString())
                    .containsEntry("subject", event.subject().toString())
                    .containsEntry("position", event.position().toString());
            assertThat(KafkaMessages.event(ours)).usingRecursiveComparison().isEqualTo(event);
            assertThat(KafkaMessages.event(bySdk(ours)))
                    .usingRecursiveComparison()
                    .isEqualTo(event);
        }
    }

    @Test
    void a_command_is_the_same_to_the_sdk_and_back() {
        for (int seed = 0; seed < 2_000; seed++) {
            CommandEnvelope<byte[]> command = command(new Random(seed));

            ConsumerRecord<String, byte[]> ours = arrived(KafkaMessages.toRecord(TOPIC, command));

            assertThat(KafkaMessages.command(ours)).usingRecursiveComparison().isEqualTo(command);
            assertThat(KafkaMessages.command(bySdk(ours)))
                    .usingRecursiveComparison()
                    .isEqualTo(command);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-22T07:53:10Z",
                "2026-11-22T07:53:10.1Z",
                "2026-11-22T07:53:10.Z",
                "2026-11-22T07:53:10.123456789Z",
                "2026-11-22T07:53:10.000000001Z",
                "2026-11-22T07:53Z",
                "2024-02-29T23:59:59.999Z",
                "2026-11-22T08:53:10.5+01:00",
                "+12026-11-22T07:53:10Z",
                "0001-01-01T00:00:00Z"
            })
    void a_time_in_any_form_the_sdk_reads(String time) {
        assertThat(timeOf(time)).isEqualTo(OffsetDateTime.parse(time).toInstant());
    }

    private static Instant timeOf(String time) {
        ConsumerRecord<String, byte[]> record = arrived(KafkaMessages.toRecord(TOPIC, 0, event(new Random(1))));
        record.headers().remove("ce_time");
        record.headers().add("ce_time", time.getBytes(StandardCharsets.UTF_8));
        return KafkaMessages.event(record).time();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "yesterday",
                "2026-13-22T07:53:10Z",
                "2026-02-29T07:53:10Z",
                "2026-11-22T24:53:10Z",
                "2026-11-22T07:53:10.1234567890Z",
                "2026-11-22T07:5a:10Z",
                "2026-11-22 07:53:10Z",
                "2026-11-22T07:53:10"
            })
    void what_is_no_time_is_no_event(String time) {
        assertThatThrownBy(() -> timeOf(time)).isInstanceOf(UnreadableMessage.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ce_specversion",
                "ce_id",
                "ce_type",
                "ce_source",
                "ce_time",
                "ce_subject",
                "ce_actor",
                "ce_correlationid",
                "ce_position"
            })
    void without_one_of_these_it_is_no_event(String name) {
        ConsumerRecord<String, byte[]> record = arrived(KafkaMessages.toRecord(TOPIC, 0, event(new Random(1))));
        record.headers().remove(name);

        assertThatThrownBy(() -> KafkaMessages.event(record))
                .isInstanceOf(UnreadableMessage.class)
                .hasMessageContaining(TOPIC + "-0@7");
    }

    @Test
    void without_data_it_is_no_event() {
        ConsumerRecord<String, byte[]> whole = arrived(KafkaMessages.toRecord(TOPIC, 0, event(new Random(1))));

        assertThatThrownBy(() -> KafkaMessages.event(arrived(whole.headers(), null)))
                .isInstanceOf(UnreadableMessage.class);
        assertThatThrownBy(() -> KafkaMessages.event(arrived(new RecordHeaders(), new byte[] {'{', '}'})))
                .isInstanceOf(UnreadableMessage.class);
    }

    @Test
    void an_older_version_of_cloudevents_is_read_by_the_sdk() {
        CloudEvent older = CloudEventBuilder.v03()
                .withId("e-1")
                .withType("fjord.core.cluster.ClusterCreated.v1")
                .withSource(URI.create("https://fjord.example/services/core"))
                .withTime(OffsetDateTime.parse("2026-11-22T07:53:10Z"))
                .withSubject("default/cluster/etl")
                .withData("application/json", new byte[] {'{', '}'})
                .withExtension("actor", "user:ana")
                .withExtension("correlationid", "r-1")
                .withExtension("position", "1:4")
                .build();

        EventEnvelope<byte[]> event = KafkaMessages.event(
                arrived(KafkaMessageFactory.<String>createWriter(TOPIC, 0, null, "default/cluster/etl")
                        .writeBinary(older)));

        assertThat(event.source()).isEqualTo("core");
        assertThat(event.position()).isEqualTo(new Position(1, 4));
        assertThat(event.time()).isEqualTo(Instant.parse("2026-11-22T07:53:10Z"));
    }
}
