package io.fjord.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A server of Iceberg's REST protocol, spoken to without Iceberg's client.
 *
 * @param token null if it asks nobody who they are
 * @param prefix of all its paths
 * @param pid of its process
 */
record CatalogServer(int port, @Nullable String token, String prefix, long pid) {

    private static final int COLUMNS = 20;
    private static final int SNAPSHOTS = 10;

    /** One of several that work at the same time. */
    @FunctionalInterface
    interface Caller {
        void work(int number, LeanHttp http) throws Exception;
    }

    LeanHttp connect() throws IOException {
        return new LeanHttp(port, token);
    }

    /**
     * So many callers at once, each on a thread and a connection of its own.
     *
     * @return seconds from when the first began until the last was done
     */
    double atOnce(int callers, Caller caller) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        try {
            CyclicBarrier ready = new CyclicBarrier(callers + 1);
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                int number = i;
                Callable<@Nullable Void> work = () -> {
                    try (LeanHttp http = connect()) {
                        ready.await();
                        caller.work(number, http);
                    }
                    return null;
                };
                all.add(threads.submit(work));
            }
            ready.await();
            long began = System.nanoTime();
            for (Future<?> one : all) {
                one.get();
            }
            return (System.nanoTime() - began) / 1e9;
        } catch (ExecutionException e) {
            throw new IllegalStateException("A caller failed", e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    String namespaces() {
        return prefix + "/namespaces";
    }

    String tables(String namespace) {
        return namespaces() + "/" + namespace + "/tables";
    }

    String table(String namespace, String name) {
        return tables(namespace) + "/" + name;
    }

    void createNamespace(LeanHttp http, String namespace) throws IOException {
        http.post(namespaces(), "{\"namespace\":[\"" + namespace + "\"]}").expect(200);
    }

    /**
     * @param columns how many it has
     * @return its answer: the table's metadata
     */
    LeanHttp.Answer createTable(LeanHttp http, String namespace, String name, int columns) throws IOException {
        StringBuilder fields = new StringBuilder();
        for (int i = 1; i <= columns; i++) {
            fields.append(i == 1 ? "" : ",")
                    .append("{\"id\":")
                    .append(i)
                    .append(",\"name\":\"column_")
                    .append(i)
                    .append("\",\"required\":false,\"type\":\"")
                    .append(i % 3 == 0 ? "string" : i % 3 == 1 ? "long" : "timestamptz")
                    .append("\",\"doc\":\"what is in column ")
                    .append(i)
                    .append("\"}");
        }
        return http.post(
                        tables(namespace),
                        "{\"name\":\"" + name + "\",\"schema\":{\"type\":\"struct\",\"schema-id\":0,\"fields\":["
                                + fields + "]},\"properties\":{\"write.parquet.compression-codec\":\"zstd\"}}")
                .expect(200);
    }

    /** With twenty columns, and written ten times. */
    String createWrittenTable(LeanHttp http, String namespace, String name) throws IOException {
        LeanHttp.Answer made = createTable(http, namespace, name, COLUMNS);
        String uuid = made.field("table-uuid");
        String location = made.field("location");
        StringBuilder updates = new StringBuilder();
        long now = System.currentTimeMillis();
        for (int i = 1; i <= SNAPSHOTS; i++) {
            long id = 1_000_000_000_000L + i;
            updates.append("{\"action\":\"add-snapshot\",\"snapshot\":{\"snapshot-id\":")
                    .append(id)
                    .append(i == 1 ? "" : ",\"parent-snapshot-id\":" + (id - 1))
                    .append(",\"sequence-number\":")
                    .append(i)
                    .append(",\"timestamp-ms\":")
                    .append(now + i)
                    .append(",\"manifest-list\":\"")
                    .append(location)
                    .append("/metadata/snap-")
                    .append(id)
                    .append("-1-6f1d8a52-6c1f-4d27-9d1a-3b0a6f0e6a11.avro\",\"summary\":{\"operation\":\"append\",")
                    .append("\"added-data-files\":\"4\",\"added-records\":\"100000\",\"added-files-size\":\"4000000\",")
                    .append("\"changed-partition-count\":\"1\",\"total-records\":\"")
                    .append(100_000 * i)
                    .append("\",\"total-data-files\":\"")
                    .append(4 * i)
                    .append("\"},\"schema-id\":0}},");
        }
        updates.append("{\"action\":\"set-snapshot-ref\",\"ref-name\":\"main\",\"type\":\"branch\",\"snapshot-id\":")
                .append(1_000_000_000_000L + SNAPSHOTS)
                .append('}');
        commit(http, namespace, name, uuid, updates.toString()).expect(200);
        return uuid;
    }

    LeanHttp.Answer commit(LeanHttp http, String namespace, String name, String uuid, String updates)
            throws IOException {
        return http.post(
                table(namespace, name),
                "{\"requirements\":[{\"type\":\"assert-table-uuid\",\"uuid\":\"" + uuid + "\"}],\"updates\":[" + updates
                        + "]}");
    }

    /** Sets one property; asks again while it is told that others were faster. */
    void setProperty(LeanHttp http, String namespace, String name, String uuid, String property, String value)
            throws IOException {
        String update = "{\"action\":\"set-properties\",\"updates\":{\"" + property + "\":\"" + value + "\"}}";
        LeanHttp.Answer answer = commit(http, namespace, name, uuid, update);
        while (answer.status() == 409) {
            answer = commit(http, namespace, name, uuid, update);
        }
        answer.expect(200);
    }

    /** Small tables, many of them; those that are there already are kept. */
    void createMany(String namespace, int count) throws Exception {
        try (LeanHttp http = connect()) {
            if (http.get(tables(namespace)).status() == 200) {
                return;
            }
            createNamespace(http, namespace);
        }
        atOnce(8, (caller, http) -> {
            for (int i = caller; i < count; i += 8) {
                createTable(http, namespace, many(i), 3);
            }
        });
    }

    static String many(int number) {
        return String.format("table_%05d", number);
    }

    double cpuSeconds() throws IOException {
        return Machine.cpuSeconds(pid);
    }
}
