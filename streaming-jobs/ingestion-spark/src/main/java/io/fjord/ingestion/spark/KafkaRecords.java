package io.fjord.ingestion.spark;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;

/** Records as Spark's Kafka source has them (key, value, topic, partition, offset, timestamp, its type, headers), as Kafka has them. */
final class KafkaRecords {

    private static final int KEY = 0;
    private static final int VALUE = 1;
    private static final int TOPIC = 2;
    private static final int PARTITION = 3;
    private static final int OFFSET = 4;
    private static final int TIMESTAMP = 5;
    private static final int HEADERS = 7;

    private KafkaRecords() {}

    static ConsumerRecord<byte[], byte[]> of(InternalRow row) {
        RecordHeaders headers = new RecordHeaders();
        if (!row.isNullAt(HEADERS)) {
            ArrayData all = row.getArray(HEADERS);
            for (int i = 0; i < all.numElements(); i++) {
                InternalRow header = all.getStruct(i, 2);
                headers.add(header.getUTF8String(0).toString(), header.isNullAt(1) ? null : header.getBinary(1));
            }
        }
        return record(
                row.getUTF8String(TOPIC).toString(),
                row.getInt(PARTITION),
                row.getLong(OFFSET),
                row.getLong(TIMESTAMP) / 1000,
                row.isNullAt(KEY) ? null : row.getBinary(KEY),
                row.isNullAt(VALUE) ? null : row.getBinary(VALUE),
                headers);
    }

    static ConsumerRecord<byte[], byte[]> of(Row row) {
        RecordHeaders headers = new RecordHeaders();
        if (!row.isNullAt(HEADERS)) {
            List<Row> all = row.getList(HEADERS);
            all.forEach(header -> headers.add(header.getString(0), header.<byte[]>getAs(1)));
        }
        return record(
                row.getString(TOPIC),
                row.getInt(PARTITION),
                row.getLong(OFFSET),
                row.getInstant(TIMESTAMP).toEpochMilli(),
                row.<byte[]>getAs(KEY),
                row.<byte[]>getAs(VALUE),
                headers);
    }

    private static ConsumerRecord<byte[], byte[]> record(
            String topic,
            int partition,
            long offset,
            long timestamp,
            byte @org.jspecify.annotations.Nullable [] key,
            byte @org.jspecify.annotations.Nullable [] value,
            RecordHeaders headers) {
        return new ConsumerRecord<>(
                topic,
                partition,
                offset,
                timestamp,
                TimestampType.CREATE_TIME,
                key == null ? -1 : key.length,
                value == null ? -1 : value.length,
                key,
                value,
                headers,
                Optional.empty());
    }
}
