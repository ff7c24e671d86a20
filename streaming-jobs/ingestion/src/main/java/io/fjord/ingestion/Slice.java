package io.fjord.ingestion;

import java.util.List;
import java.util.Map;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.WriteResult;
import org.apache.iceberg.types.Type;
import org.jspecify.annotations.Nullable;

/**
 * What one reader has read since the last commit.
 *
 * @param files of an append; null if there are none
 * @param newest of an upsert, by key: the newest row, or null for one to be taken away
 * @param next the next offset of each of its partitions
 * @param records read, whatever became of them
 * @param lag records of its partitions it has not come to
 * @param newestMillis the latest time a record had; null for none
 * @param firstAt when the oldest of these records was put on the topic, in milliseconds; 0 for none
 * @param columns that the table needs before the reader can go on
 */
record Slice(
        @Nullable WriteResult files,
        Map<List<@Nullable Object>, @Nullable Record> newest,
        Map<Integer, Long> next,
        long records,
        long rows,
        long dead,
        long late,
        long lag,
        @Nullable Long newestMillis,
        long firstAt,
        Map<String, Type> columns) {}
