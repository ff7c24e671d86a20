package io.fjord.load;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;

/**
 * What {@code POST} to {@code 202} takes beyond the acknowledgement a native producer gets for the same command on the same topic,
 * whose reader begins to decide it before either is told; beside it, from a topic set up the same that nobody reads.
 *
 * <p>One connection, one at a time, in turns, with a pause in which what the last command set off is done: this is about the
 * time a caller waits, not about throughput. All services but the operator run.
 */
final class AcceptedCommands implements Scenario {

    private static final String UNREAD = "load.commands";
    private static final String COMMANDS = "fjord.core.commands";
    private static final String EVENTS = "fjord.core.events";
    private static final int ROUNDS = 3;
    private static final int PAIRS = 300;
    /** Without pauses; until then the code that answers is interpreted. */
    private static final int WARM_UP = 10_000;

    private static final Duration PAUSE = Duration.ofMillis(12);

    @Override
    public String name() {
        return "accepted-commands";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result("POST of one command to 202, against the native producer's acknowledgement");
        platform.servers();
        createTopic(platform);
        Set<String> operations = new TreeSet<>();
        try (ServedPlane plane = ServedPlane.start(platform, "cdc,core,catalog,sql,audit,gateway", Map.of());
                LeanHttp http = new LeanHttp(plane.port(), platform.token());
                EventReader reader = new EventReader(platform.kafka(), Set.of(EVENTS));
                KafkaProducer<String, byte[]> producer = Commands.producer(platform.kafka(), 0)) {
            Random order = new Random(7);
            pairs(http, producer, order, WARM_UP, Duration.ZERO, operations);
            for (int round = 1; round <= ROUNDS; round++) {
                long[][] nanos = pairs(http, producer, order, PAIRS, PAUSE, operations);
                Map<String, Double> figures = new LinkedHashMap<>();
                figures.put("native acknowledgement p50, ms", Result.percentile(50, nanos[0]));
                figures.put("native acknowledgement p99, ms", Result.percentile(99, nanos[0]));
                figures.put("the same where nobody reads p50, ms", Result.percentile(50, nanos[3]));
                figures.put("POST to 202 p50, ms", Result.percentile(50, nanos[1]));
                figures.put("POST to 202 p99, ms", Result.percentile(99, nanos[1]));
                figures.put("added p50, ms", Result.percentile(50, nanos[1]) - Result.percentile(50, nanos[0]));
                figures.put("floor: GET of nothing p50, ms", Result.percentile(50, nanos[2]));
                result.round(figures);
            }
            reader.await(operations, Duration.ofSeconds(60));
            reader.verify();
        }
        result.atMost("added p50, ms", 1);
        result.verified(
                operations.size() + " commands acknowledged or answered 202: each one outcome, positions dense");
        return result;
    }

    /** Twelve partitions, flushed message by message: as the command topics are. */
    private static void createTopic(LocalPlatform platform) throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", platform.kafka()))) {
            admin.createTopics(List.of(new NewTopic(UNREAD, 12, (short) 1)
                            .configs(Map.of("flush.messages", "1", "cleanup.policy", "delete"))))
                    .all()
                    .get();
        }
    }

    /** @return nanoseconds of the acknowledgements, of the answers, of a request that does nothing, of acknowledgements unread */
    private static long[][] pairs(
            LeanHttp http,
            KafkaProducer<String, byte[]> producer,
            Random order,
            int count,
            Duration pause,
            Set<String> operations)
            throws IOException, ExecutionException, InterruptedException {
        long[][] nanos = new long[4][count];
        for (int i = 0; i < count; i++) {
            String cluster = "load-" + (i % 100);
            List<Integer> turns = Arrays.asList(0, 1, 2, 3);
            java.util.Collections.shuffle(turns, order);
            for (int turn : turns) {
                spin(pause);
                nanos[turn][i] = switch (turn) {
                    case 0 -> acknowledged(producer, COMMANDS, cluster, operations);
                    case 1 -> posted(http, cluster, operations);
                    case 2 -> nothing(http);
                    default -> acknowledged(producer, UNREAD, cluster, new TreeSet<>());
                };
            }
        }
        return nanos;
    }

    /** Awake: after a sleep of some milliseconds a virtual processor takes as long to come back as all that is measured. */
    private static void spin(Duration pause) {
        long end = System.nanoTime() + pause.toNanos();
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private static long acknowledged(
            KafkaProducer<String, byte[]> producer, String topic, String cluster, Set<String> operations)
            throws ExecutionException, InterruptedException {
        String id = Commands.newId();
        operations.add(id);
        long began = System.nanoTime();
        producer.send(Commands.cluster(topic, id, "StopCluster", cluster, "{}")).get();
        return System.nanoTime() - began;
    }

    /** There is no such cluster, so the outcome is a no; it is decided and told as any other. */
    private static long posted(LeanHttp http, String cluster, Set<String> operations) throws IOException {
        long began = System.nanoTime();
        LeanHttp.Answer answer = http.post("/api/v1/clusters/" + cluster + "/stop");
        long nanos = System.nanoTime() - began;
        if (answer.status() != 202) {
            throw new IOException("POST was answered " + answer.status() + " " + answer.body());
        }
        String operation = answer.location().replaceFirst("\\?.*", "").replaceFirst(".*/", "");
        if (!operations.add(operation)) {
            throw new IllegalStateException("Operation " + operation + " was given twice");
        }
        return nanos;
    }

    private static long nothing(LeanHttp http) throws IOException {
        long began = System.nanoTime();
        http.get("/health/live");
        return System.nanoTime() - began;
    }
}
