package io.fjord.ingestion;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What became of some records.
 *
 * @param records all of them
 * @param rows that fit and were in time
 * @param newestMillis the latest time a record had; null for none
 * @param firstAt when the oldest was put on the topic, in milliseconds; 0 for none
 */
public record Counts(
        long records,
        long rows,
        long dead,
        long late,
        @Nullable Long newestMillis,
        long firstAt) implements Serializable {

    public static final Counts NONE = new Counts(0, 0, 0, 0, null, 0);

    public Counts plus(Counts other) {
        return new Counts(
                records + other.records,
                rows + other.rows,
                dead + other.dead,
                late + other.late,
                newestMillis == null
                        ? other.newestMillis
                        : other.newestMillis == null
                                ? newestMillis
                                : Long.valueOf(Math.max(newestMillis, other.newestMillis)),
                firstAt == 0 ? other.firstAt : other.firstAt == 0 ? firstAt : Math.min(firstAt, other.firstAt));
    }

    /** Of the same records, of which so many rows were made. */
    public Counts ofRows(long made) {
        return new Counts(records, made, dead, late, newestMillis, firstAt);
    }
}
