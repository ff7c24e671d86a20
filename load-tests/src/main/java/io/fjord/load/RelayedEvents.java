package io.fjord.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * From the commit of a journal row to the event at a consumer: the relay against a bare Debezium engine and producer on the same
 * database and broker.
 *
 * <p>One writer commits in turns to the journal and to a table that looks the same, as a service does: counter, row, counter.
 * The clock runs from when the commit has returned. One consumer reads both topics.
 */
final class RelayedEvents implements Scenario {

    private static final String EVENTS = "fjord.sql.events";
    private static final String PEER = "load.events";
    private static final int ROUNDS = 3;
    private static final int PAIRS = 600;
    private static final int WARM_UP = 400;
    private static final Duration PAUSE = Duration.ofMillis(8);

    @Override
    public String name() {
        return "relayed-events";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result("Journal commit to event at a consumer: the relay / a bare Debezium engine");
        platform.servers();
        try (Connection database = platform.database();
                ServedPlane plane = ServedPlane.start(platform, "cdc,core,catalog,sql,gateway", Map.of())) {
            prepare(platform, database);
            Process peer = startPeer(platform);
            try (EventReader reader = new EventReader(platform.kafka(), Set.of(EVENTS, PEER))) {
                database.setAutoCommit(false);
                Writer journal = new Writer(database, "sql");
                Writer table = new Writer(database, "load");
                pairs(reader, journal, table, WARM_UP);
                for (int round = 1; round <= ROUNDS; round++) {
                    result.round(figures(pairs(reader, journal, table, PAIRS)));
                }
                reader.verify();
            } finally {
                peer.destroy();
                peer.waitFor();
            }
        }
        result.atMost("p50 ratio", 1.2);
        result.atMost("p99 ratio", 1.2);
        result.verified(2 * (WARM_UP + ROUNDS * PAIRS) + " events: each came once; positions of the journal dense");
        return result;
    }

    private static Map<String, Double> figures(long[][] nanos) {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("bare Debezium p50, ms", Result.percentile(50, nanos[1]));
        figures.put("bare Debezium p99, ms", Result.percentile(99, nanos[1]));
        figures.put("relay p50, ms", Result.percentile(50, nanos[0]));
        figures.put("relay p99, ms", Result.percentile(99, nanos[0]));
        figures.put("p50 ratio", Result.percentile(50, nanos[0]) / Result.percentile(50, nanos[1]));
        figures.put("p99 ratio", Result.percentile(99, nanos[0]) / Result.percentile(99, nanos[1]));
        return figures;
    }

    private static long[][] pairs(EventReader reader, Writer journal, Writer table, int count) throws Exception {
        Map<String, Long> journalled = new LinkedHashMap<>();
        Map<String, Long> tabled = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            boolean journalFirst = i % 2 == 0;
            LockSupport.parkNanos(PAUSE.toNanos());
            write(journalFirst ? journal : table, journalFirst ? journalled : tabled);
            LockSupport.parkNanos(PAUSE.toNanos());
            write(journalFirst ? table : journal, journalFirst ? tabled : journalled);
        }
        reader.await(journalled.keySet(), Duration.ofSeconds(60));
        reader.await(tabled.keySet(), Duration.ofSeconds(60));
        return new long[][] {latencies(reader, journalled), latencies(reader, tabled)};
    }

    private static void write(Writer writer, Map<String, Long> committed) throws SQLException {
        String id = Commands.newId();
        writer.write(id);
        committed.put(id, System.nanoTime());
    }

    private static long[] latencies(EventReader reader, Map<String, Long> committed) {
        return committed.entrySet().stream()
                .mapToLong(one -> reader.arrival(one.getKey()) - one.getValue())
                .toArray();
    }

    /** A transaction as the platform writes it. */
    private static final class Writer {

        private static final String DATA = "{\"text\":\"" + "x".repeat(250) + "\"}";

        private final Connection database;
        private final PreparedStatement lock;
        private final PreparedStatement insert;
        private final PreparedStatement count;

        Writer(Connection database, String schema) throws SQLException {
            this.database = database;
            lock = database.prepareStatement("select epoch, n from " + schema + ".counter where id = 1 for update");
            insert = database.prepareStatement("insert into " + schema + ".event (epoch, n, id, type, subject, version,"
                    + " actor, correlation_id, time_micros, data) values (?, ?, ?, 'fjord.sql.load.Written.v1',"
                    + " 'default/load/one', null, 'service:load-tests', ?, ?, ?)");
            count = database.prepareStatement("update " + schema + ".counter set n = ?, time_micros = ? where id = 1");
        }

        void write(String id) throws SQLException {
            long now = System.currentTimeMillis() * 1000;
            try (var row = lock.executeQuery()) {
                row.next();
                insert.setLong(1, row.getLong(1));
                insert.setLong(2, row.getLong(2) + 1);
                count.setLong(1, row.getLong(2) + 1);
            }
            insert.setString(3, id);
            insert.setString(4, id);
            insert.setLong(5, now);
            insert.setString(6, DATA);
            insert.executeUpdate();
            count.setLong(2, now);
            count.executeUpdate();
            database.commit();
        }
    }

    private static void prepare(LocalPlatform platform, Connection database)
            throws SQLException, ExecutionException, InterruptedException {
        try (Statement statement = database.createStatement()) {
            statement.execute("create schema load");
            statement.execute("create table load.event (like sql.event including all)");
            statement.execute("create table load.counter (like sql.counter including all)");
            statement.execute("insert into load.counter values (1, 1, 0, 0)");
            statement.execute("create publication load_peer for table load.event with (publish = 'insert')");
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", platform.kafka()))) {
            admin.createTopics(List.of(new NewTopic(PEER, 1, (short) 1))).all().get();
        }
    }

    /** With the options of the control plane; returns when it streams. */
    private static Process startPeer(LocalPlatform platform) throws IOException {
        URI cdc = platform.address("FJORD_DATABASE_CDC");
        String[] user = cdc.getUserInfo().split(":", 2);
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xms64m",
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DebeziumPeer.class.getName())
                .redirectError(platform.home().resolve("logs/peer.log").toFile());
        builder.environment()
                .putAll(Map.of(
                        "PEER_KAFKA",
                        platform.kafka(),
                        "PEER_TOPIC",
                        PEER,
                        "PEER_HOST",
                        cdc.getHost(),
                        "PEER_PORT",
                        Integer.toString(cdc.getPort()),
                        "PEER_DATABASE",
                        cdc.getPath().substring(1),
                        "PEER_USER",
                        user[0],
                        "PEER_PASSWORD",
                        user[1]));
        Process peer = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(peer::destroyForcibly));
        BufferedReader said = new BufferedReader(new InputStreamReader(peer.getInputStream(), StandardCharsets.UTF_8));
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            if (line.equals("polling")) {
                return peer;
            }
        }
        throw new IOException("The bare Debezium ended before it streamed; see logs/peer.log in the home");
    }
}
