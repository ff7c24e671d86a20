package io.fjord.load;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Control actions that wait on the log are decided, committed and relayed: batches of up to 500 against one transaction for
 * each command.
 *
 * <p>While the control plane is paused, commands gather; the clock runs from when it may go on until the last outcome is at a
 * consumer. Creations and deletions of clusters, timed one after the other.
 */
final class BatchedDecisions implements Scenario {

    private static final String COMMANDS = "fjord.core.commands";
    private static final String EVENTS = "fjord.core.events";
    private static final int ROUNDS = 3;

    /** Fewer for the slower one, so that a round stays short; rates are compared. */
    private static final int CLUSTERS_BATCHED = 3000;

    private static final int CLUSTERS_SINGLE = 240;

    /** Enough for the compiler: a batch does in one go what else takes many, so its code is called less often. */
    private static final int WARM_UP_BATCHED = 2000;

    private static final int WARM_UP_SINGLE = 120;

    @Override
    public String name() {
        return "batched-decisions";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        platform.servers();
        Result result = new Result("Control actions decided: batches of up to 500 / one transaction per command");
        int commands = 0;
        for (int round = 1; round <= ROUNDS; round++) {
            double single = rate(platform, 1, CLUSTERS_SINGLE, round);
            double batched = rate(platform, 500, CLUSTERS_BATCHED, round);
            commands += 2 * (CLUSTERS_SINGLE + CLUSTERS_BATCHED);
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put("one transaction each, commands/s", single);
            figures.put("batched, commands/s", batched);
            figures.put("ratio", batched / single);
            result.round(figures);
        }
        result.atLeast("ratio", 10);
        result.verified(commands + " timed commands: each one outcome, accepted; positions dense; journal = counter");
        return result;
    }

    private static double rate(LocalPlatform platform, int batch, int clusters, int round) throws Exception {
        Map<String, String> settings = Map.of("FJORD_COMMAND_BATCH", Integer.toString(batch));
        try (ServedPlane plane = ServedPlane.start(platform, "cdc,core,catalog,sql,gateway", settings);
                Connection database = platform.database();
                EventReader reader = new EventReader(platform.kafka(), Set.of(EVENTS));
                KafkaProducer<String, byte[]> producer = Commands.producer(platform.kafka(), 20)) {
            raiseQuota(database);
            String names = "r" + round + "-b" + batch;
            int warmUp = batch == 1 ? WARM_UP_SINGLE : WARM_UP_BATCHED;
            wave(plane, database, producer, reader, Commands.OPERATOR, "CreateCluster", names + "-warm", warmUp);
            wave(plane, database, producer, reader, Commands.OPERATOR, "DeleteCluster", names + "-warm", warmUp);
            double seconds = wave(
                            plane, database, producer, reader, Commands.OPERATOR, "CreateCluster", names, clusters)
                    + wave(plane, database, producer, reader, Commands.OPERATOR, "DeleteCluster", names, clusters);
            reader.verify();
            verifyJournal(database);
            return 2 * clusters / seconds;
        }
    }

    /** @return seconds from when the control plane went on to the last outcome */
    static double wave(
            ServedPlane plane,
            Connection database,
            KafkaProducer<String, byte[]> producer,
            EventReader reader,
            String actor,
            String type,
            String names,
            int clusters)
            throws IOException, InterruptedException, ExecutionException, TimeoutException, SQLException {
        Set<String> ids = new LinkedHashSet<>();
        for (int i = 0; i < clusters; i++) {
            ids.add(Commands.newId());
        }
        boolean creates = type.equals("CreateCluster");
        if (creates) {
            writeSecrets(database, ids);
        }
        plane.pause();
        try {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            int i = 0;
            for (String id : ids) {
                String data = creates ? "{\"size\":\"XS\",\"secretRef\":\"" + id + "\"}" : "{}";
                sent.add(producer.send(Commands.cluster(COMMANDS, id, actor, type, names + "-" + i++, data)));
            }
            producer.flush();
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        } finally {
            plane.resume();
        }
        long began = System.nanoTime();
        reader.await(ids, Duration.ofSeconds(180));
        long accepted = reader.countOutcomes(ids, "accepted");
        if (accepted != clusters) {
            throw new IllegalStateException(accepted + " of " + clusters + " were accepted");
        }
        return (reader.lastArrival(ids) - began) / 1e9;
    }

    /** As the API does before it sends the command; under the command's id. */
    static void writeSecrets(Connection database, Set<String> refs) throws SQLException {
        try (var insert = database.prepareStatement("insert into core.vault"
                + " (ref, nonce, ciphertext, key_id, referenced, created_micros) values (?, ?, ?, 'none', false, ?)")) {
            database.setAutoCommit(false);
            for (String ref : refs) {
                insert.setString(1, ref);
                insert.setBytes(2, new byte[12]);
                insert.setBytes(3, new byte[48]);
                insert.setLong(4, System.currentTimeMillis() * 1000);
                insert.addBatch();
            }
            insert.executeBatch();
            database.commit();
            database.setAutoCommit(true);
        }
    }

    /** The default allows a handful of clusters. */
    static void raiseQuota(Connection database) throws SQLException {
        try (Statement statement = database.createStatement()) {
            statement.execute("update core.quota set limit_amount = 1000000 where domain = 'default'");
        }
    }

    static void verifyJournal(Connection database) throws SQLException {
        try (Statement statement = database.createStatement();
                var row = statement.executeQuery("select (select count(*) from core.event),"
                        + " (select max(n) from core.event), (select n from core.counter where id = 1)")) {
            row.next();
            if (row.getLong(1) != row.getLong(2) || row.getLong(2) != row.getLong(3)) {
                throw new IllegalStateException("The journal is not dense: " + row.getLong(1) + " rows, last position "
                        + row.getLong(2) + ", counter " + row.getLong(3));
            }
        }
    }
}
