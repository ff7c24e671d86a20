package io.fjord.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Events in by the API, with authentication, policy and the record of who produced, against a producer of Kafka's own on the same
 * broker with acks=all, and against a bare HTTP server.
 *
 * <p>An event is 500 bytes of JSON, a batch a thousand of them, one a line, under an Idempotency-Key; four clients. The producer
 * of Kafka's own sends the same values with no headers from one thread, in batches of 256 KiB. Single events come from eight
 * clients; the bare server reads the body and answers with as many bytes. At 1,000 a second both are paced.
 */
final class EventApi implements Scenario {

    /** Rounds before those that count: the compilers are busy for the first million events. */
    private static final int WARM_UPS = 2;

    private static final int ROUNDS = 3;
    private static final int EVENT_BYTES = 500;
    private static final int IN_BATCH = 1_000;
    private static final int BATCHES = 200;
    private static final int CLIENTS = 4;
    private static final int SINGLE_CLIENTS = 8;
    private static final int SINGLES = 1_500;
    private static final int PACED = 4_000;
    private static final long PACE_NANOS = 1_000_000;
    private static final String BARE = "io.fjord.launcher.BareHttp";
    private static final String SCHEMA =
            "{\\\"type\\\":\\\"object\\\",\\\"required\\\":[\\\"id\\\"],\\\"properties\\\":{"
                    + "\\\"id\\\":{\\\"type\\\":\\\"integer\\\"},\\\"amount\\\":{\\\"type\\\":\\\"number\\\"},"
                    + "\\\"customer\\\":{\\\"type\\\":\\\"string\\\"},\\\"paid\\\":{\\\"type\\\":\\\"boolean\\\"},"
                    + "\\\"note\\\":{\\\"type\\\":\\\"string\\\"}}}";

    private final AtomicLong number = new AtomicLong();

    @Override
    public String name() {
        return "event-api";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result("Events by the API / Kafka's own producer, and a bare HTTP server");
        platform.servers();
        long accepted = 0;
        long checked = 0;
        try (ServedPlane plane =
                        ServedPlane.start(platform, "cdc,control-policies,iam,core,audit,ingest,gateway", Map.of());
                ServedPlane bare = ServedPlane.program(platform, BARE, "core", Map.of())) {
            String token = platform.token();
            prepare(plane, token);
            for (int round = 1 - WARM_UPS; round <= ROUNDS; round++) {
                Map<String, Double> figures = new LinkedHashMap<>();
                double nativeRate = nativeBatches(platform, "native");
                long before = cpuMillis(plane);
                double apiRate = batches(plane, token, "plain", BATCHES);
                double cpu = (cpuMillis(plane) - before) * 1_000.0 / (BATCHES * IN_BATCH);
                before = cpuMillis(plane);
                double checkedRate = batches(plane, token, "checked", BATCHES);
                double checkedCpu = (cpuMillis(plane) - before) * 1_000.0 / (BATCHES * IN_BATCH);
                accepted += BATCHES;
                checked += BATCHES;
                figures.put("native producer, MB/s", nativeRate / 1e6);
                figures.put("batches, MB/s", apiRate / 1e6);
                figures.put("batches with schema, MB/s", checkedRate / 1e6);
                figures.put("batches, ratio", apiRate / nativeRate);
                figures.put("batches with schema, ratio", checkedRate / nativeRate);
                figures.put("batches, processor per event, µs", cpu);
                figures.put("batches with schema, processor per event, µs", checkedCpu);
                double bareRate = singles(bare.port(), null, "/", SINGLES);
                double singleRate = singles(plane.port(), token, "/api/v1/event-streams/single/events", SINGLES);
                figures.put("bare server, requests/s", bareRate);
                figures.put("single events, events/s", singleRate);
                figures.put("single events, ratio", singleRate / bareRate);
                double nativeAck = pacedNative(platform, "native");
                double apiAck = paced(plane, token);
                figures.put("native acknowledgement at 1,000/s, p50, ms", nativeAck);
                figures.put("answer at 1,000/s, p50, ms", apiAck);
                figures.put("added, p50, ms", apiAck - nativeAck);
                if (round > 0) {
                    result.round(figures);
                }
            }
            verify(platform, "plain", accepted * IN_BATCH);
            verify(platform, "checked", checked * IN_BATCH);
            long single = (long) (WARM_UPS + ROUNDS) * (SINGLES * SINGLE_CLIENTS + PACED);
            verify(platform, "single", single);
            result.verified((accepted + checked) * IN_BATCH + single
                    + " events acknowledged: each once in its topic, and no other");
        }
        result.atLeast("batches, ratio", 0.8);
        result.atLeast("batches with schema, ratio", 0.4);
        result.atLeast("single events, ratio", 0.33);
        result.atMost("added, p50, ms", 0.5);
        return result;
    }

    private static void prepare(ServedPlane plane, String token) throws Exception {
        try (LeanHttp http = new LeanHttp(plane.port(), token)) {
            http.decide(
                            "/api/v1/schemas",
                            "{\"name\":\"load\",\"format\":\"JSON_SCHEMA\",\"definition\":\"" + SCHEMA + "\"}")
                    .expect(201);
            for (String stream : List.of("plain", "checked", "single", "native")) {
                String schema = stream.equals("checked") ? ",\"schema\":{\"subject\":\"load\",\"version\":1}" : "";
                http.decide("/api/v1/event-streams", "{\"name\":\"" + stream + "\"" + schema + "}")
                        .expect(201);
                long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
                while (!http.get("/api/v1/event-streams/" + stream)
                        .field("state")
                        .equals("active")) {
                    if (System.nanoTime() > deadline) {
                        throw new IOException("Stream " + stream + " does not become active");
                    }
                    Thread.sleep(50);
                }
            }
        }
    }

    private String event() {
        String start = "{\"id\":" + number.incrementAndGet()
                + ",\"amount\":12.5,\"customer\":\"somebody\",\"paid\":true,\"note\":\"";
        return start + "x".repeat(EVENT_BYTES - start.length() - 2) + "\"}";
    }

    private String batch() {
        StringBuilder lines = new StringBuilder(IN_BATCH * (EVENT_BYTES + 1));
        for (int i = 0; i < IN_BATCH; i++) {
            lines.append(event()).append('\n');
        }
        return lines.toString();
    }

    private static void inParallel(int threads, Callable<Void> task) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(executor.submit(task));
            }
            for (Future<Void> one : all) {
                one.get();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    /** Bytes of events a second. */
    private double batches(ServedPlane plane, String token, String stream, int howMany) throws Exception {
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < howMany; i++) {
            bodies.add(batch());
        }
        AtomicLong next = new AtomicLong();
        long began = System.nanoTime();
        inParallel(CLIENTS, () -> {
            try (LeanHttp http = new LeanHttp(plane.port(), token)) {
                for (int i = (int) next.getAndIncrement(); i < howMany; i = (int) next.getAndIncrement()) {
                    LeanHttp.Answer answer = http.post(
                                    "/api/v1/event-streams/" + stream + "/events",
                                    "application/x-ndjson",
                                    "Idempotency-Key: " + Commands.newId() + "\r\nPrefer: return=minimal\r\n",
                                    bodies.get(i))
                            .expect(202);
                    if (!answer.body().contains("\"accepted\":" + IN_BATCH + ",")) {
                        throw new IOException("Not all were accepted: " + answer.body());
                    }
                }
            }
            return null;
        });
        return (double) howMany * IN_BATCH * EVENT_BYTES / ((System.nanoTime() - began) / 1e9);
    }

    private double nativeBatches(LocalPlatform platform, String stream) throws Exception {
        List<byte[]> values = new ArrayList<>();
        for (int i = 0; i < BATCHES * IN_BATCH; i++) {
            values.add(event().getBytes(StandardCharsets.UTF_8));
        }
        try (KafkaProducer<String, byte[]> producer = Commands.producer(platform.kafka(), 5)) {
            producer.partitionsFor(topic(stream));
            long began = System.nanoTime();
            for (byte[] value : values) {
                var unused = producer.send(new ProducerRecord<>(topic(stream), value));
            }
            producer.flush();
            return (double) values.size() * EVENT_BYTES / ((System.nanoTime() - began) / 1e9);
        }
    }

    /** Requests a second. */
    private double singles(int port, @Nullable String token, String path, int each) throws Exception {
        long began = System.nanoTime();
        inParallel(SINGLE_CLIENTS, () -> {
            try (LeanHttp http = new LeanHttp(port, token)) {
                for (int i = 0; i < each; i++) {
                    http.post(path, event()).expect(202);
                }
            }
            return null;
        });
        return (double) SINGLE_CLIENTS * each / ((System.nanoTime() - began) / 1e9);
    }

    private interface Paced {
        /** @param done to be told when it is acknowledged */
        void send(String event, Runnable done) throws Exception;
    }

    private double pace(Paced paced) throws Exception {
        long[] nanos = new long[PACED];
        AtomicLong open = new AtomicLong(PACED);
        long began = System.nanoTime();
        for (int i = 0; i < PACED; i++) {
            long due = began + i * PACE_NANOS;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            int index = i;
            long sent = System.nanoTime();
            paced.send(event(), () -> {
                nanos[index] = System.nanoTime() - sent;
                open.decrementAndGet();
            });
        }
        while (open.get() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
        return Result.percentile(50, nanos);
    }

    private double pacedNative(LocalPlatform platform, String stream) throws Exception {
        try (KafkaProducer<String, byte[]> producer = Commands.producer(platform.kafka(), 0)) {
            producer.partitionsFor(topic(stream));
            return pace((event, done) -> {
                var unused = producer.send(
                        new ProducerRecord<>(topic(stream), event.getBytes(StandardCharsets.UTF_8)),
                        (metadata, failure) -> done.run());
            });
        }
    }

    /** Sixteen connections in turn, so that none waits for another's answer at this rate. */
    private double paced(ServedPlane plane, String token) throws Exception {
        int connections = 16;
        List<LeanHttp> all = new ArrayList<>();
        List<ExecutorService> threads = new ArrayList<>();
        try {
            for (int i = 0; i < connections; i++) {
                all.add(new LeanHttp(plane.port(), token));
                threads.add(Executors.newSingleThreadExecutor());
            }
            int[] next = {0};
            List<Future<?>> failures = new ArrayList<>();
            double median = pace((event, done) -> {
                int one = next[0]++ % connections;
                failures.add(threads.get(one).submit(() -> {
                    try {
                        all.get(one)
                                .post("/api/v1/event-streams/single/events", event)
                                .expect(202);
                    } finally {
                        done.run();
                    }
                    return null;
                }));
            });
            for (Future<?> one : failures) {
                one.get();
            }
            return median;
        } finally {
            threads.forEach(ExecutorService::shutdownNow);
            for (LeanHttp http : all) {
                http.close();
            }
        }
    }

    private static String topic(String stream) {
        return "fjord.stream.default." + stream;
    }

    /** User and system time of the process. */
    private static long cpuMillis(ServedPlane plane) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + plane.pid() + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        // In hundredths of a second, whatever the kernel's own tick is.
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10;
    }

    private static void verify(LocalPlatform platform, String stream, long expected) throws IOException {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", platform.kafka());
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic(stream)).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            long there = consumer.endOffsets(partitions).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            if (there != expected) {
                throw new IOException(stream + ": " + expected + " events were acknowledged, " + there + " are there");
            }
        }
    }
}
