package io.fjord.codec;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.fjord.contract.Address;
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
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Envelopes as Kafka records and back: CloudEvents 1.0, Kafka protocol binding, binary content mode; the key is the
 * subject's address. Extension attributes: {@code domain actor correlationid causationid expectedversion position
 * version commandid outcome commanddigest traceparent calleraddress purpose token
 * policyposition warnings}.
 */
public final class KafkaMessages {

    private static final String JSON = "application/json";

    private KafkaMessages() {}

    public static ProducerRecord<String, byte[]> toRecord(String topic, CommandEnvelope<byte[]> command) {
        CloudEventBuilder event = CloudEventBuilder.v1()
                .withId(command.id())
                .withType(command.type())
                .withSource(URI.create("/services/" + command.source()))
                .withTime(command.time().atOffset(ZoneOffset.UTC))
                .withSubject(command.subject().toString())
                .withData(JSON, command.data())
                .withExtension("domain", command.subject().domain())
                .withExtension("actor", command.actor())
                .withExtension("correlationid", command.correlationId());
        extension(event, "causationid", command.causationId());
        extension(event, "expectedversion", command.expectedVersion());
        extension(event, "traceparent", command.traceparent());
        extension(event, "calleraddress", command.origin().address());
        extension(event, "purpose", command.origin().purpose());
        extension(event, "token", command.origin().token());
        return binary(topic, null, command.subject(), event.build());
    }

    public static ProducerRecord<String, byte[]> toRecord(String topic, int partition, EventEnvelope<byte[]> fact) {
        CloudEventBuilder event = CloudEventBuilder.v1()
                .withId(fact.id())
                .withType(fact.type())
                .withSource(URI.create("/services/" + fact.source()))
                .withTime(fact.time().atOffset(ZoneOffset.UTC))
                .withSubject(fact.subject().toString())
                .withData(JSON, fact.data())
                .withExtension("domain", fact.subject().domain())
                .withExtension("actor", fact.actor())
                .withExtension("correlationid", fact.correlationId())
                .withExtension("position", fact.position().toString());
        extension(event, "version", fact.version());
        extension(event, "causationid", fact.causationId());
        extension(event, "commandid", fact.commandId());
        extension(
                event, "outcome", fact.outcome() == null ? null : fact.outcome().wire());
        extension(event, "commanddigest", fact.commandDigest());
        extension(event, "traceparent", fact.traceparent());
        extension(event, "policyposition", fact.clearance().policyPosition());
        extension(event, "warnings", Clearances.warnings(fact.clearance()));
        return binary(topic, partition, fact.subject(), event.build());
    }

    /** @throws UnreadableMessage if the record is not a command of ours */
    public static CommandEnvelope<byte[]> command(ConsumerRecord<String, byte[]> record) {
        return reading(
                record,
                event -> new CommandEnvelope<>(
                        event.getId(),
                        event.getType(),
                        source(event),
                        time(event),
                        subject(event),
                        required(event, "actor"),
                        required(event, "correlationid"),
                        optional(event, "causationid"),
                        number(optional(event, "expectedversion")),
                        optional(event, "traceparent"),
                        origin(event),
                        data(event)));
    }

    /** @throws UnreadableMessage if the record is not an event of ours */
    public static EventEnvelope<byte[]> event(ConsumerRecord<String, byte[]> record) {
        return reading(record, event -> {
            String outcome = optional(event, "outcome");
            return new EventEnvelope<>(
                    event.getId(),
                    event.getType(),
                    source(event),
                    time(event),
                    subject(event),
                    Position.parse(required(event, "position")),
                    number(optional(event, "version")),
                    required(event, "actor"),
                    required(event, "correlationid"),
                    optional(event, "causationid"),
                    optional(event, "commandid"),
                    outcome == null ? null : Outcome.ofWire(outcome),
                    optional(event, "commanddigest"),
                    optional(event, "traceparent"),
                    Clearances.of(optional(event, "policyposition"), optional(event, "warnings")),
                    data(event));
        });
    }

    /** A header of a record as text, or null; for looking at records that cannot be read otherwise. */
    public static @Nullable String header(ConsumerRecord<?, ?> record, String name) {
        var header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    private interface Reader<T> {
        T read(CloudEvent event);
    }

    private static <T> T reading(ConsumerRecord<String, byte[]> record, Reader<T> reader) {
        try {
            return reader.read(KafkaMessageFactory.createReader(record).toEvent());
        } catch (RuntimeException e) {
            throw new UnreadableMessage(
                    "Record " + record.topic() + "-" + record.partition() + "@" + record.offset()
                            + " is not a message of Fjord: " + e.getMessage(),
                    e);
        }
    }

    private static ProducerRecord<String, byte[]> binary(
            String topic, @Nullable Integer partition, Address subject, CloudEvent event) {
        return KafkaMessageFactory.<String>createWriter(topic, partition, null, subject.toString())
                .writeBinary(event);
    }

    private static void extension(CloudEventBuilder event, String name, @Nullable Object value) {
        if (value != null) {
            event.withExtension(name, value.toString());
        }
    }

    private static Origin origin(CloudEvent event) {
        return new Origin(optional(event, "calleraddress"), optional(event, "purpose"), optional(event, "token"));
    }

    private static String source(CloudEvent event) {
        String path = event.getSource().getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static Instant time(CloudEvent event) {
        OffsetDateTime time = Objects.requireNonNull(event.getTime(), "ce_time is missing");
        return time.toInstant();
    }

    private static Address subject(CloudEvent event) {
        return Address.parse(Objects.requireNonNull(event.getSubject(), "ce_subject is missing"));
    }

    private static byte[] data(CloudEvent event) {
        return Objects.requireNonNull(event.getData(), "the data is missing").toBytes();
    }

    private static String required(CloudEvent event, String name) {
        return Objects.requireNonNull(optional(event, name), () -> "ce_" + name + " is missing");
    }

    private static @Nullable String optional(CloudEvent event, String name) {
        Object value = event.getExtension(name);
        return value == null ? null : value.toString();
    }

    private static @Nullable Long number(@Nullable String text) {
        return text == null ? null : Long.valueOf(text);
    }
}
