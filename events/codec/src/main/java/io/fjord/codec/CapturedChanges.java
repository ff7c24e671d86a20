package io.fjord.codec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A record of a captured database, as it stands on its topic {@code fjord.cdc.<name>}: the changes of one transaction, in their
 * order, or all rows as they are; both may need several records, which become visible together.
 *
 * @param stream begins anew with each snapshot of a lost stream
 * @param n dense on the topic: a reader sees a gap
 * @param transaction as the database calls it; null unless it is one
 * @param time of its commit, in milliseconds
 * @param reason why everything was read; null unless it was
 * @param last whether it completes the transaction or the snapshot
 * @param offset where the capture goes on after it; null unless it completes one
 * @param columns fingerprint of the tables' columns
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CapturedChanges(
        Kind kind,
        String stream,
        long n,
        @Nullable String transaction,
        @Nullable Long time,
        @Nullable String reason,
        boolean first,
        boolean last,
        List<Change> changes,
        @Nullable Map<String, Object> offset,
        String columns) {

    /** What it is; a position says only how far the capture is. */
    public enum Kind {
        TRANSACTION,
        SNAPSHOT,
        POSITION
    }

    /**
     * @param table as its database writes it
     * @param before null for a row that is new
     * @param after null for a row that is gone
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Change(
            String table,
            @Nullable Map<String, Object> before,
            @Nullable Map<String, Object> after) {}

    public CapturedChanges {
        changes = List.copyOf(changes);
    }

    /** Where the changes of that program stand. */
    public static String topic(String name) {
        return "fjord.cdc." + name;
    }

    /** @throws IllegalArgumentException if it is no such record */
    public static CapturedChanges parse(byte[] json) {
        try {
            return Json.MAPPER.readValue(json, CapturedChanges.class);
        } catch (IOException e) {
            throw new IllegalArgumentException("This is not a record of captured changes", e);
        }
    }
}
