package io.fjord.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Pipelines of both engines against plain Structured Streaming: the same Spark, validation, dead letters, catalog and object store,
 * Iceberg's own sink.
 *
 * <p>A million records of 120 bytes lie in a topic of two partitions; the clock runs from when a pipeline wrote down where it begins
 * (for the peer: from when its query was started) to the snapshot with the last of them. Each has done as many before, to be warm.
 * For freshness a thousand a second are produced; a record is there with the first snapshot that counts it.
 */
final class Pipelines implements Scenario {

    private static final int ROUNDS = 3;
    private static final int ROWS = 1_000_000;
    private static final int PER_SECOND = 1_000;
    private static final int SECONDS = 20;
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final String MODULE = "streaming-jobs/ingestion-spark";
    private static final String NAMESPACE = "load";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String COLUMNS =
            "[{\"name\":\"id\",\"type\":\"long\",\"required\":true},{\"name\":\"at\",\"type\":\"timestamptz\",\"required\":true},"
                    + "{\"name\":\"carrier\",\"type\":\"string\",\"required\":false},"
                    + "{\"name\":\"delay\",\"type\":\"double\",\"required\":false},"
                    + "{\"name\":\"note\",\"type\":\"string\",\"required\":false}]";
    private static final List<String> OPENED = List.of(
            "java.base/java.lang",
            "java.base/java.lang.invoke",
            "java.base/java.lang.reflect",
            "java.base/java.io",
            "java.base/java.net",
            "java.base/java.nio",
            "java.base/java.util",
            "java.base/java.util.concurrent",
            "java.base/java.util.concurrent.atomic",
            "java.base/jdk.internal.ref",
            "java.base/sun.nio.ch",
            "java.base/sun.nio.cs",
            "java.base/sun.security.action",
            "java.base/sun.util.calendar");

    private int topics;

    @Override
    public String name() {
        return "pipelines";
    }

    /** What reads: one of ours, or the peer. */
    private interface Peer {
        /** @return the process that does it */
        long start(String topic, String table) throws Exception;

        void stop(String table) throws Exception;
    }

    /** @param cpuSeconds of the process, while it read */
    private record Throughput(double rowsPerSecond, double cpuSeconds) {}

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result("Pipelines / plain Structured Streaming");
        platform.servers();
        try (ServedPlane plane = ServedPlane.start(
                        platform, "cdc,control-policies,iam,core,audit,catalog,spark-operator,gateway", Map.of());
                LeanHttp http = new LeanHttp(plane.port(), platform.token());
                Admin admin = Admin.create(Map.of("bootstrap.servers", platform.kafka()))) {
            http.decide("/iceberg/v1/default/namespaces", "{\"namespace\":[\"" + NAMESPACE + "\"]}")
                    .expect(200);
            String backlog = topic(admin, 2);
            fill(platform, backlog);
            Peer direct = pipeline(platform, http, "direct", "");
            Peer spark = pipeline(platform, http, "spark", "");
            Peer sql = pipeline(
                    platform,
                    http,
                    "spark",
                    ",\"transform\":{\"sql\":\"SELECT * FROM source\",\"columns\":" + COLUMNS + "}");
            try (Plain plain = new Plain(platform, plane.port())) {
                Map<String, Peer> all = new LinkedHashMap<>();
                all.put("plain", plain);
                all.put("spark", spark);
                all.put("spark with SQL", sql);
                all.put("direct", direct);
                for (Map.Entry<String, Peer> peer : all.entrySet()) {
                    throughput(
                            http,
                            peer.getValue(),
                            backlog,
                            "warm_"
                                    + peer.getKey()
                                            .toLowerCase(java.util.Locale.ROOT)
                                            .replace(' ', '_'));
                }
                for (int round = 1; round <= ROUNDS; round++) {
                    result.round(round(platform, admin, http, all, backlog, round));
                }
            }
        }
        result.verified("each record once in the table of each of " + (ROUNDS + 1) * 4 + " runs, and of " + ROUNDS * 3
                + " at a thousand a second");
        result.atLeast("spark / plain, rows/s", 0.95);
        result.atMost("direct / plain, freshness p99", 0.5);
        result.atLeast("direct / plain, rows per processor second", 2);
        return result;
    }

    private Map<String, Double> round(
            LocalPlatform platform, Admin admin, LeanHttp http, Map<String, Peer> all, String backlog, int round)
            throws Exception {
        Map<String, Double> figures = new LinkedHashMap<>();
        Map<String, Throughput> throughputs = new LinkedHashMap<>();
        for (Map.Entry<String, Peer> peer : all.entrySet()) {
            String table = peer.getKey().toLowerCase(java.util.Locale.ROOT).replace(' ', '_') + "_" + round;
            Throughput measured = throughput(http, peer.getValue(), backlog, table);
            throughputs.put(peer.getKey(), measured);
            figures.put(peer.getKey() + ", rows/s", measured.rowsPerSecond());
            figures.put(peer.getKey() + ", rows per processor second", ROWS / measured.cpuSeconds());
        }
        double plainRate = of(throughputs, "plain").rowsPerSecond();
        figures.put("spark / plain, rows/s", of(throughputs, "spark").rowsPerSecond() / plainRate);
        figures.put(
                "spark with SQL / plain, rows/s",
                of(throughputs, "spark with SQL").rowsPerSecond() / plainRate);
        figures.put("direct / plain, rows/s", of(throughputs, "direct").rowsPerSecond() / plainRate);
        figures.put(
                "direct / plain, rows per processor second",
                of(throughputs, "plain").cpuSeconds()
                        / of(throughputs, "direct").cpuSeconds());
        for (String name : List.of("plain", "spark", "direct")) {
            double p99 = freshness(platform, admin, http, of(all, name), "fresh_" + name + "_" + round);
            figures.put(name + ", freshness p99, ms", p99);
        }
        figures.put(
                "direct / plain, freshness p99",
                of(figures, "direct, freshness p99, ms") / of(figures, "plain, freshness p99, ms"));
        return figures;
    }

    private static <T> T of(Map<String, T> all, String name) {
        return Objects.requireNonNull(all.get(name), name);
    }

    // Records

    private String topic(Admin admin, int partitions) throws Exception {
        String name = "pipelines-" + ++topics;
        admin.createTopics(List.of(new NewTopic(name, Optional.of(partitions), Optional.empty())))
                .all()
                .get(30, TimeUnit.SECONDS);
        return name;
    }

    private static byte[] record(long id) {
        String at = java.time.Instant.ofEpochMilli(1_700_000_000_000L + id).toString();
        return ("{\"id\":" + id + ",\"at\":\"" + at
                        + "\",\"carrier\":\"SK\",\"delay\":12.5,\"note\":\"nothing to tell of it\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void fill(LocalPlatform platform, String topic) throws Exception {
        try (KafkaProducer<String, byte[]> producer = Commands.producer(platform.kafka(), 5)) {
            for (int id = 0; id < ROWS; id++) {
                var unused = producer.send(new ProducerRecord<>(topic, id % 2, null, record(id)));
            }
            producer.flush();
        }
    }

    // Figures

    private Throughput throughput(LeanHttp http, Peer peer, String topic, String table) throws Exception {
        long began = System.currentTimeMillis();
        long process = peer.start(topic, table);
        double cpu = cpuSeconds(process);
        TreeMap<Long, Long> snapshots = awaitRows(http, table, ROWS);
        Throughput measured =
                new Throughput(ROWS * 1000.0 / (last(snapshots) - first(snapshots, began)), cpuSeconds(process) - cpu);
        peer.stop(table);
        return measured;
    }

    /** Ours write down where they begin; the peer has no snapshot before its first rows. */
    private static long first(TreeMap<Long, Long> snapshots, long began) {
        return snapshots.firstEntry().getValue() == 0 ? snapshots.firstKey() : began;
    }

    private static long last(TreeMap<Long, Long> snapshots) {
        return snapshots.entrySet().stream()
                .filter(snapshot -> snapshot.getValue() == ROWS)
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    private double freshness(LocalPlatform platform, Admin admin, LeanHttp http, Peer peer, String table)
            throws Exception {
        String topic = topic(admin, 1);
        peer.start(topic, table);
        int count = PER_SECOND * SECONDS;
        long[] sent = new long[count];
        try (KafkaProducer<String, byte[]> producer = Commands.producer(platform.kafka(), 0)) {
            producer.partitionsFor(topic);
            long began = System.nanoTime();
            for (int i = 0; i < count; i++) {
                long due = began + i * (1_000_000_000L / PER_SECOND);
                while (System.nanoTime() < due) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                sent[i] = System.currentTimeMillis();
                var unused = producer.send(new ProducerRecord<>(topic, record(i)));
            }
            producer.flush();
        }
        TreeMap<Long, Long> snapshots = awaitRows(http, table, count);
        peer.stop(table);
        long[] millis = new long[count];
        int next = 0;
        for (Map.Entry<Long, Long> snapshot : snapshots.entrySet()) {
            for (; next < snapshot.getValue(); next++) {
                millis[next] = snapshot.getKey() - sent[next];
            }
        }
        // The first seconds are those of a beginning.
        long[] steady = Arrays.copyOfRange(millis, 5 * PER_SECOND, count);
        Arrays.sort(steady);
        return steady[(int) (steady.length * 0.99)];
    }

    /** When there were how many rows, by the table's snapshots. */
    private static TreeMap<Long, Long> awaitRows(LeanHttp http, String table, long rows) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            LeanHttp.Answer answer = http.get("/iceberg/v1/default/namespaces/" + NAMESPACE + "/tables/" + table);
            if (answer.status() == 200) {
                TreeMap<Long, Long> snapshots = new TreeMap<>();
                long most = 0;
                for (JsonNode snapshot : JSON.readTree(answer.body()).at("/metadata/snapshots")) {
                    long there = snapshot.at("/summary/total-records").asLong();
                    snapshots.merge(snapshot.path("timestamp-ms").asLong(), there, Math::max);
                    most = Math.max(most, there);
                }
                if (most > rows) {
                    throw new IOException(table + " has " + most + " rows of " + rows + " records");
                }
                if (most == rows) {
                    return snapshots;
                }
            }
            Thread.sleep(100);
        }
        throw new IOException(table + " does not get its " + rows + " rows");
    }

    private static double cpuSeconds(long process) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + process + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    }

    // Who reads

    private static String spec(String topic, String table) {
        return "\"source\":{\"topic\":\"" + topic + "\"},\"target\":{\"namespace\":\"" + NAMESPACE + "\",\"table\":\""
                + table + "\",\"columns\":" + COLUMNS + "},\"freshnessSeconds\":1,\"parallelism\":2";
    }

    private static Peer pipeline(LocalPlatform platform, LeanHttp http, String engine, String more) {
        return new Peer() {
            @Override
            public long start(String topic, String table) throws Exception {
                http.decide(
                                "/api/v1/pipelines",
                                "{\"name\":\"" + name(table) + "\",\"engine\":\"" + engine + "\"," + spec(topic, table)
                                        + more + "}")
                        .expect(201);
                Path folder = platform.home().resolve("pipelines");
                Path process = (engine.equals("spark") ? folder.resolve("spark") : folder).resolve("process.json");
                long deadline = System.nanoTime() + PATIENCE.toNanos();
                while (!http.get("/api/v1/pipelines/" + name(table))
                        .field("state")
                        .equals("running")) {
                    if (System.nanoTime() > deadline) {
                        throw new IOException("Pipeline " + table + " does not run");
                    }
                    Thread.sleep(50);
                }
                return JSON.readTree(process.toFile()).path("pid").asLong();
            }

            @Override
            public void stop(String table) throws Exception {
                http.decide("DELETE", "/api/v1/pipelines/" + name(table), "");
            }

            private String name(String table) {
                return table.replace('_', '-');
            }
        };
    }

    /** Structured Streaming as one writes it by hand, in a process of its own that reads one topic after the other. */
    private static final class Plain implements Peer, AutoCloseable {

        private final LocalPlatform platform;
        private final Path folder;
        private final Process process;
        private final BufferedReader said;
        private final PrintStream told;
        private int orders;

        Plain(LocalPlatform platform, int port) throws IOException {
            this.platform = platform;
            this.folder = Files.createDirectories(platform.home().resolve("plain"));
            Path settings = folder.resolve("settings.json");
            Files.writeString(settings, settings(platform, port));
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                    "-Xmx480m",
                    "-XX:+UseSerialGC",
                    "-XX:+IgnoreUnrecognizedVMOptions",
                    "--add-modules=jdk.incubator.vector"));
            OPENED.forEach(opened -> command.add("--add-opens=" + opened + "=ALL-UNNAMED"));
            command.addAll(List.of("-cp", classPath(), "io.fjord.ingestion.spark.PlainStream", settings.toString()));
            process = new ProcessBuilder(command)
                    .redirectError(
                            platform.home().resolve("logs/plain-stream.log").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            said = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            told = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        }

        private static String settings(LocalPlatform platform, int port) throws IOException {
            Map<String, String> environment = platform.controlPlaneEnvironment();
            return JSON.writeValueAsString(Map.of(
                    "gateway",
                    "http://127.0.0.1:" + port,
                    "kafka",
                    Map.of("bootstrap.servers", platform.kafka()),
                    "s3",
                    Map.of(
                            "endpoint", String.valueOf(environment.get("FJORD_S3")),
                            "accessKey", String.valueOf(environment.get("FJORD_S3_ACCESS_KEY")),
                            "secretKey", String.valueOf(environment.get("FJORD_S3_SECRET_KEY")),
                            "region", "us-east-1"),
                    "secret",
                    "none",
                    "workDir",
                    platform.home().resolve("plain").toString(),
                    "leaseSeconds",
                    60));
        }

        /** That of the engine, with Iceberg's runtime for Spark instead of Iceberg's modules. */
        private String classPath() throws IOException {
            List<String> jars = new ArrayList<>();
            for (String jar : ModuleProgram.classPath(platform, MODULE).split(File.pathSeparator)) {
                String file = String.valueOf(Path.of(jar).getFileName());
                if (!file.matches("iceberg-(api|core|common|data|parquet|aws|bundled-guava)-[0-9].*")) {
                    jars.add(jar);
                }
            }
            String runtime =
                    Files.readString(platform.root().resolve("streaming-jobs/cluster-runtime/target/class-path.txt"));
            for (String jar : runtime.strip().split(File.pathSeparator)) {
                if (jar.contains("iceberg-spark-runtime")) {
                    jars.add(jar);
                }
            }
            return String.join(File.pathSeparator, jars);
        }

        @Override
        public long start(String topic, String table) throws Exception {
            Path order = folder.resolve("order-" + ++orders + ".json");
            Files.writeString(
                    order,
                    "{\"id\":\"" + table + "\",\"domain\":\"default\",\"name\":\"" + table
                            + "\",\"generation\":1,\"paused\":false,\"token\":\"" + platform.token()
                            + "\",\"restart\":{\"at\":\"earliest\"},\"restartGeneration\":1,\"spec\":{"
                            + spec(topic, table)
                            + ",\"mode\":\"append\",\"evolution\":\"refuse\",\"engine\":\"spark\",\"transform\":{\"sql\":\"\",\"columns\":"
                            + COLUMNS + "}}}");
            told.println(order);
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                if (line.startsWith("reading ")) {
                    return process.pid();
                }
            }
            throw new IOException("The peer ended; see logs/plain-stream.log in the home");
        }

        @Override
        public void stop(String table) throws Exception {
            told.println("stop");
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                if (line.equals("stopped")) {
                    return;
                }
            }
            throw new IOException("The peer ended; see logs/plain-stream.log in the home");
        }

        @Override
        public void close() throws Exception {
            told.close();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
    }
}
