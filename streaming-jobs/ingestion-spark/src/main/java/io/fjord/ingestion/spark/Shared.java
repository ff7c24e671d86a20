package io.fjord.ingestion.spark;

import io.fjord.ingestion.Order;
import io.fjord.ingestion.SetAside;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.Table;

/**
 * What the tasks of a pipeline use and cannot be sent: they run in threads of this process and find it by its key.
 *
 * @param table as it is now; its schema does not change while a task runs
 */
record Shared(Order order, Table table, SetAside aside) {

    private static final Map<String, Shared> OPEN = new ConcurrentHashMap<>();

    static Shared of(String key) {
        return Objects.requireNonNull(OPEN.get(key), "The pipeline has ended");
    }

    void open(String key) {
        OPEN.put(key, this);
    }

    static void close(String key) {
        OPEN.remove(key);
    }
}
