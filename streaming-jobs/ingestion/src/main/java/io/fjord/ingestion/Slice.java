package io.fjord.ingestion;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.WriteResult;
import org.apache.iceberg.types.Type;
import org.jspecify.annotations.Nullable;

/**
 * What one reader has made of what it read since the last commit.
 *
 * @param files null if there are none
 * @param newest of an upsert, by key: the newest row, or null for one to be taken away
 * @param next the next offset of each of its partitions
 * @param lag records of its partitions it has not come to
 * @param columns that the table needs before the reader can go on
 */
public record Slice(
        @Nullable WriteResult files,
        Map<List<@Nullable Object>, @Nullable Record> newest,
        Map<Integer, Long> next,
        Counts counts,
        long lag,
        Map<String, Type> columns)
        implements Serializable {}
