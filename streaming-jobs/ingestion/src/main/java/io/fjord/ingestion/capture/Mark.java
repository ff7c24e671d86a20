package io.fjord.ingestion.capture;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.fjord.ingestion.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * What a topic of changes says between the rows, in a header of a record without key and value.
 *
 * @param restart the start of the pipeline since which the stream holds
 * @param reason why all is read again
 * @param columns the table has from here on
 * @param offset where Debezium goes on after this
 * @param transaction the last one that stands on the topic
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Mark(
        Kind kind,
        long restart,
        @Nullable String reason,
        @Nullable List<SourceColumn> columns,
        @Nullable Map<String, Object> offset,
        @Nullable String transaction) {

    private static final String HEADER = "fjord-mark";

    public enum Kind {
        /** What follows is all of the table, and takes the place of what was. */
        BEGIN,
        /** It was all of the table. */
        END,
        COLUMNS,
        /** All rows are gone. */
        TRUNCATED,
        /** So far the topic has everything. */
        POSITION,
        /** What follows cannot be had from here on: all has to be read again. */
        GAP
    }

    static Mark begin(long restart, String reason) {
        return new Mark(Kind.BEGIN, restart, reason, null, null, null);
    }

    static Mark end(long restart) {
        return new Mark(Kind.END, restart, null, null, null, null);
    }

    /** @param reason of the beginning it belongs to, if it does */
    static Mark columns(long restart, @Nullable String reason, List<SourceColumn> columns) {
        return new Mark(Kind.COLUMNS, restart, reason, List.copyOf(columns), null, null);
    }

    static Mark truncated(long restart) {
        return new Mark(Kind.TRUNCATED, restart, null, null, null, null);
    }

    static Mark gap(long restart, String reason) {
        return new Mark(Kind.GAP, restart, reason, null, null, null);
    }

    static Mark position(
            long restart, List<SourceColumn> columns, Map<String, Object> offset, @Nullable String transaction) {
        return new Mark(Kind.POSITION, restart, null, List.copyOf(columns), offset, transaction);
    }

    /** At the same place, of another table from here on. */
    Mark withColumns(List<SourceColumn> now) {
        return new Mark(Kind.COLUMNS, restart, null, List.copyOf(now), offset, transaction);
    }

    ProducerRecord<byte[], byte[]> on(String topic) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, null, null);
        try {
            record.headers().add(HEADER, Settings.JSON.writeValueAsBytes(this));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A mark cannot be written as JSON", e);
        }
        return record;
    }

    /** Null for a record that is a row. */
    public static @Nullable Mark of(ConsumerRecord<byte[], byte[]> record) {
        Header header = record.headers().lastHeader(HEADER);
        if (header == null || header.value() == null) {
            return null;
        }
        try {
            return Objects.requireNonNull(Settings.JSON.readValue(header.value(), Mark.class));
        } catch (IOException e) {
            throw new IllegalStateException(
                    "A mark cannot be read: " + new String(header.value(), StandardCharsets.UTF_8), e);
        }
    }
}
