package io.fjord.capture;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;

/** What Debezium's records say of the transactions they stand in. */
public final class SourceRecords {

    private SourceRecords() {}

    /** On PostgreSQL Debezium adds where in the log it is, and so has a new id with each row. */
    public static String transactionId(String id) {
        int colon = id.indexOf(':');
        return colon > 0 && id.substring(0, colon).matches("[0-9]+") ? id.substring(0, colon) : id;
    }

    /** Whether an end of a transaction is where it was committed: only PostgreSQL's offsets say what stands at their place. */
    public static boolean isCommit(SourceRecord end) {
        Object message = end.sourceOffset().get("messageType");
        return message == null || message.equals("COMMIT");
    }

    /** Where to go on after a record that completes its transaction: without that one. */
    public static Map<String, Object> offsetAfter(SourceRecord record) {
        Map<String, Object> offset = new LinkedHashMap<>();
        record.sourceOffset().forEach((key, value) -> {
            if (value != null && !key.startsWith("transaction_")) {
                offset.put(key, value);
            }
        });
        return offset;
    }
}
