package io.fjord.platform.kafka;

import io.fjord.codec.KafkaMessages;
import io.fjord.codec.UnreadableMessage;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.kernel.CommandRecord;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records of command topics as the handler gets them. */
final class CommandRecords {

    private static final Logger log = LoggerFactory.getLogger(CommandRecords.class);

    private CommandRecords() {}

    static CommandRecord read(ConsumerRecord<String, byte[]> record) {
        try {
            return CommandRecord.of(record.offset(), KafkaMessages.command(record));
        } catch (UnreadableMessage e) {
            log.atWarn()
                    .addKeyValue("topic", record.topic())
                    .addKeyValue("partition", record.partition())
                    .addKeyValue("offset", record.offset())
                    .setCause(e)
                    .log("A record is no command");
            return new CommandRecord(record.offset(), salvage(record), KafkaProblems.unreadableCommand());
        }
    }

    /** Enough of an envelope to give the command an outcome, if its id and subject can be read. */
    private static @Nullable CommandEnvelope<byte[]> salvage(ConsumerRecord<String, byte[]> record) {
        String id = KafkaMessages.header(record, "ce_id");
        String subject = KafkaMessages.header(record, "ce_subject");
        String about = subject == null ? record.key() : subject;
        if (id == null || id.isEmpty() || about == null) {
            return null;
        }
        try {
            return new CommandEnvelope<>(
                    id,
                    or(KafkaMessages.header(record, "ce_type"), "unknown"),
                    "unknown",
                    Instant.ofEpochMilli(Math.max(0, record.timestamp())),
                    Address.parse(about),
                    or(KafkaMessages.header(record, "ce_actor"), "platform"),
                    or(KafkaMessages.header(record, "ce_correlationid"), id),
                    KafkaMessages.header(record, "ce_causationid"),
                    null,
                    KafkaMessages.header(record, "ce_traceparent"),
                    record.value() == null ? new byte[0] : record.value());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static String or(@Nullable String text, String otherwise) {
        return text == null || text.isEmpty() ? otherwise : text;
    }
}
