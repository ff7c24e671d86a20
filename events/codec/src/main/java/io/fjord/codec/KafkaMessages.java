package io.fjord.codec;

import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Origin;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import java.nio.charset.StandardCharsets;
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

    private KafkaMessages() {}

    public static ProducerRecord<String, byte[]> toRecord(String topic, CommandEnvelope<byte[]> command) {
        return new RecordAttributes.Written()
                .put("ce_id", command.id())
                .put("ce_type", command.type())
                .put("ce_source", RecordAttributes.SOURCES + command.source())
                .put("ce_time", command.time())
                .put("ce_subject", command.subject())
                .put("ce_domain", command.subject().domain())
                .put("ce_actor", command.actor())
                .put("ce_correlationid", command.correlationId())
                .put("ce_causationid", command.causationId())
                .put("ce_expectedversion", command.expectedVersion())
                .put("ce_traceparent", command.traceparent())
                .put("ce_calleraddress", command.origin().address())
                .put("ce_purpose", command.origin().purpose())
                .put("ce_token", command.origin().token())
                .record(topic, null, command.subject().toString(), command.data());
    }

    public static ProducerRecord<String, byte[]> toRecord(String topic, int partition, EventEnvelope<byte[]> fact) {
        Outcome outcome = fact.outcome();
        return new RecordAttributes.Written()
                .put("ce_id", fact.id())
                .put("ce_type", fact.type())
                .put("ce_source", RecordAttributes.SOURCES + fact.source())
                .put("ce_time", fact.time())
                .put("ce_subject", fact.subject())
                .put("ce_domain", fact.subject().domain())
                .put("ce_actor", fact.actor())
                .put("ce_correlationid", fact.correlationId())
                .put("ce_position", fact.position())
                .put("ce_version", fact.version())
                .put("ce_causationid", fact.causationId())
                .put("ce_commandid", fact.commandId())
                .put("ce_outcome", outcome == null ? null : outcome.wire())
                .put("ce_commanddigest", fact.commandDigest())
                .put("ce_traceparent", fact.traceparent())
                .put("ce_policyposition", fact.clearance().policyPosition())
                .put("ce_warnings", Clearances.warnings(fact.clearance()))
                .record(topic, partition, fact.subject().toString(), fact.data());
    }

    /** @throws UnreadableMessage if the record is not a command of ours */
    public static CommandEnvelope<byte[]> command(ConsumerRecord<String, byte[]> record) {
        return reading(
                record,
                event -> new CommandEnvelope<>(
                        event.required("ce_id"),
                        event.required("ce_type"),
                        event.source(),
                        event.time(),
                        Address.parse(event.required("ce_subject")),
                        event.required("ce_actor"),
                        event.required("ce_correlationid"),
                        event.optional("ce_causationid"),
                        event.number("ce_expectedversion"),
                        event.optional("ce_traceparent"),
                        origin(event),
                        event.data()));
    }

    /** @throws UnreadableMessage if the record is not an event of ours */
    public static EventEnvelope<byte[]> event(ConsumerRecord<String, byte[]> record) {
        return reading(record, event -> {
            String outcome = event.optional("ce_outcome");
            return new EventEnvelope<>(
                    event.required("ce_id"),
                    event.required("ce_type"),
                    event.source(),
                    event.time(),
                    Address.parse(event.required("ce_subject")),
                    Position.parse(event.required("ce_position")),
                    event.number("ce_version"),
                    event.required("ce_actor"),
                    event.required("ce_correlationid"),
                    event.optional("ce_causationid"),
                    event.optional("ce_commandid"),
                    outcome == null ? null : Outcome.ofWire(outcome),
                    event.optional("ce_commanddigest"),
                    event.optional("ce_traceparent"),
                    Clearances.of(event.optional("ce_policyposition"), event.optional("ce_warnings")),
                    event.data());
        });
    }

    /** A header of a record as text, or null; for looking at records that cannot be read otherwise. */
    public static @Nullable String header(ConsumerRecord<?, ?> record, String name) {
        var header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    private interface Reader<T> {
        T read(RecordAttributes event);
    }

    private static <T> T reading(ConsumerRecord<String, byte[]> record, Reader<T> reader) {
        try {
            return reader.read(RecordAttributes.of(record));
        } catch (RuntimeException e) {
            throw new UnreadableMessage(
                    "Record " + record.topic() + "-" + record.partition() + "@" + record.offset()
                            + " is not a message of Fjord: " + e.getMessage(),
                    e);
        }
    }

    private static Origin origin(RecordAttributes event) {
        String address = event.optional("ce_calleraddress");
        String purpose = event.optional("ce_purpose");
        String token = event.optional("ce_token");
        return address == null && purpose == null && token == null
                ? Origin.UNKNOWN
                : new Origin(address, purpose, token);
    }
}
