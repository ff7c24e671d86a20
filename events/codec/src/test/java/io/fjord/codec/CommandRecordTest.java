package io.fjord.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Origin;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** A command as a record and back. */
class CommandRecordTest {

    private static CommandEnvelope<byte[]> wished(Origin origin) {
        return new CommandEnvelope<>(
                "c-1",
                "fjord.core.cluster.CreateCluster.v1",
                "core",
                Instant.parse("2026-11-21T09:00:00Z"),
                new Address("default", "cluster", "etl"),
                "user:ana",
                "r-1",
                null,
                7L,
                null,
                origin,
                new byte[] {'{', '}'});
    }

    private static CommandEnvelope<byte[]> thereAndBack(CommandEnvelope<byte[]> command) {
        ProducerRecord<String, byte[]> sent = KafkaMessages.toRecord("fjord.core.commands", command);
        return KafkaMessages.command(new ConsumerRecord<>(
                "fjord.core.commands",
                0,
                0,
                0,
                TimestampType.CREATE_TIME,
                0,
                0,
                sent.key(),
                sent.value(),
                sent.headers(),
                Optional.empty()));
    }

    @Test
    void where_it_was_wished_comes_along() {
        Origin origin = new Origin("10.0.0.7", "Übertrag für März", "nightly");

        CommandEnvelope<byte[]> command = thereAndBack(wished(origin));

        assertThat(command.origin()).isEqualTo(origin);
        assertThat(command.expectedVersion()).isEqualTo(7);
    }

    @Test
    void a_command_that_says_nothing_of_it_is_read_all_the_same() {
        var record = KafkaMessages.toRecord("fjord.core.commands", wished(Origin.UNKNOWN));

        assertThat(record.headers()).extracting(header -> header.key()).doesNotContain("ce_purpose", "ce_token");
        assertThat(thereAndBack(wished(Origin.UNKNOWN)).origin()).isEqualTo(Origin.UNKNOWN);
    }
}
