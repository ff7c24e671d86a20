package io.fjord.load;

import io.fjord.contract.Position;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.kafka.clients.producer.KafkaProducer;

/**
 * Deliveries of what waited for an endpoint, each durably noted, against a bare loop that signs and posts the same bodies to the same
 * sink over as many connections; and whether endpoints that hang hold up those that do not.
 */
final class Webhooks implements Scenario {

    /** Rounds before those that count: the compilers are busy for the first tens of thousands of deliveries. */
    private static final int WARM_UPS = 2;

    private static final int ROUNDS = 3;
    private static final int CLUSTERS = Integer.parseInt(System.getenv().getOrDefault("FJORD_HOOKED", "5000"));
    private static final int CONNECTIONS = 32;
    private static final int ENDPOINTS = 20;
    private static final int HANGING = ENDPOINTS / 5;
    private static final int BEATS = 200;
    private static final long BEAT_NANOS = Duration.ofMillis(40).toNanos();
    private static final String EVENTS = "fjord.core.events";
    private static final String COMMANDS = "fjord.core.commands";
    private static final String TYPES = "[\"fjord.core.cluster.*\"]";

    @Override
    public String name() {
        return "webhooks";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result(
                "Deliveries of webhooks against a bare loop of signed POSTs; endpoints beside some that hang");
        platform.servers();
        Map<String, String> settings = Map.of("FJORD_WEBHOOKS_HTTP", "true", "FJORD_WEBHOOKS_NETWORKS", "127.0.0.0/8");
        try (ServedPlane plane =
                        ServedPlane.start(platform, "cdc,control-policies,iam,core,webhooks,gateway", settings);
                LeanHttp operator = new LeanHttp(plane.port(), platform.token());
                HookSink sink = new HookSink();
                Connection database = platform.database();
                KafkaProducer<String, byte[]> producer = Commands.producer(platform.kafka(), 20);
                KafkaProducer<String, byte[]> beating = Commands.producer(platform.kafka(), 0)) {
            BatchedDecisions.raiseQuota(database);
            for (int round = 1 - WARM_UPS; round <= ROUNDS; round++) {
                Map<String, Double> figures =
                        new LinkedHashMap<>(drained(operator, sink, platform, database, producer, round));
                long[] calm = beaten(operator, sink, database, beating, "calm" + (round + WARM_UPS), 0);
                long[] beside = beaten(operator, sink, database, beating, "beside" + (round + WARM_UPS), HANGING);
                figures.put("none hangs: healthy endpoints p99, ms", Result.percentile(99, calm));
                figures.put("a fifth hangs: healthy endpoints p99, ms", Result.percentile(99, beside));
                figures.put("a fifth hangs: ratio of p99", Result.percentile(99, beside) / Result.percentile(99, calm));
                if (round > 0) {
                    result.round(figures);
                }
            }
        }
        result.atLeast("deliveries: ratio", 0.3);
        result.atMost("a fifth hangs: ratio of p99", 1.2);
        result.verified(
                "every event reached the endpoint, under one webhook-id and in the order of its cluster; of every beat each"
                        + " healthy endpoint heard");
        return result;
    }

    // What waited

    private static Map<String, Double> drained(
            LeanHttp operator,
            HookSink sink,
            LocalPlatform platform,
            Connection database,
            KafkaProducer<String, byte[]> producer,
            int round)
            throws Exception {
        String name = "drain" + (round + WARM_UPS);
        subscribe(operator, sink, name, "'" + name + "-'", true);
        operator.decide("/api/v1/subscriptions/" + name + "/disable", "{}").expect(200);
        Set<String> wanted = happen(platform, database, producer, name);
        long began = System.nanoTime();
        operator.post("/api/v1/subscriptions/" + name + "/resume").expect(202);
        List<HookSink.Received> all = sink.received("/" + name);
        Set<String> came = arrived(all, wanted);
        if (!came.equals(wanted)) {
            throw new IllegalStateException("Other events came than were wanted: " + came.size());
        }
        long ended;
        List<String> bodies = new ArrayList<>();
        synchronized (all) {
            verify(all);
            ended = all.get(all.size() - 1).nanos();
            all.forEach(one -> bodies.add(one.body()));
        }
        double delivered = bodies.size() * 1e9 / (ended - began);
        operator.delete("/api/v1/subscriptions/" + name);
        sink.forget();
        double bare = posted(sink, bodies);
        sink.forget();
        return Map.of(
                "deliveries, 1/s", delivered, "bare signed posts, 1/s", bare, "deliveries: ratio", delivered / bare);
    }

    private static void subscribe(LeanHttp operator, HookSink sink, String name, String beginning, boolean ordered)
            throws IOException {
        operator.decide(
                        "/api/v1/subscriptions",
                        "{\"name\":\"" + name + "\",\"url\":\"" + sink.url("/" + name) + "\",\"eventTypes\":" + TYPES
                                + ",\"filter\":\"resource.name.startsWith(" + beginning + ")\",\"ordered\":" + ordered
                                + "}")
                .expect(201);
    }

    /** Clusters are made, and each is resized: events of each, in that order. */
    private static Set<String> happen(
            LocalPlatform platform, Connection database, KafkaProducer<String, byte[]> producer, String name)
            throws Exception {
        Set<String> refs = new LinkedHashSet<>();
        Set<String> ids = new LinkedHashSet<>();
        try (EventReader reader = new EventReader(platform.kafka(), Set.of(EVENTS))) {
            for (int i = 0; i < CLUSTERS; i++) {
                refs.add(Commands.newId());
            }
            BatchedDecisions.writeSecrets(database, refs);
            List<Future<?>> sent = new ArrayList<>();
            int number = 0;
            for (String ref : refs) {
                String cluster = name + "-" + number++;
                String resize = Commands.newId();
                ids.add(ref);
                ids.add(resize);
                sent.add(producer.send(Commands.cluster(
                        COMMANDS, ref, "CreateCluster", cluster, "{\"size\":\"XS\",\"secretRef\":\"" + ref + "\"}")));
                sent.add(producer.send(
                        Commands.cluster(COMMANDS, resize, "ResizeCluster", cluster, "{\"size\":\"S\"}")));
            }
            for (Future<?> one : sent) {
                one.get();
            }
            reader.await(ids, Duration.ofSeconds(300));
            if (reader.countOutcomes(ids, "accepted") != ids.size()) {
                throw new IllegalStateException("Not everything was accepted");
            }
        }
        return ids;
    }

    /** The commands whose events came, once all that are wanted have; a command may have several. */
    private static Set<String> arrived(List<HookSink.Received> all, Set<String> wanted) throws InterruptedException {
        Set<String> came = new HashSet<>();
        int seen = 0;
        long deadline = System.nanoTime() + Duration.ofSeconds(180).toNanos();
        while (!came.containsAll(wanted) && System.nanoTime() < deadline) {
            Thread.sleep(10);
            synchronized (all) {
                for (; seen < all.size(); seen++) {
                    came.add(HookSink.field(all.get(seen).body(), "commandid"));
                }
            }
        }
        return came;
    }

    private static void verify(List<HookSink.Received> all) {
        Map<String, String> webhookIds = new LinkedHashMap<>();
        Map<String, Position> last = new LinkedHashMap<>();
        for (HookSink.Received one : all) {
            String id = HookSink.field(one.body(), "id");
            String webhookId = header(one.head(), "webhook-id");
            String before = webhookIds.putIfAbsent(id, webhookId);
            if (!webhookId.startsWith(id) || (before != null && !before.equals(webhookId))) {
                throw new IllegalStateException("An event came as " + before + " and as " + webhookId);
            }
            String subject = HookSink.field(one.body(), "subject");
            Position position = Position.parse(HookSink.field(one.body(), "position"));
            Position earlier = last.getOrDefault(subject, Position.START);
            if (before == null && !position.isAfter(earlier)) {
                throw new IllegalStateException(subject + ": " + position + " came after " + earlier);
            }
            if (before == null) {
                last.put(subject, position);
            }
        }
    }

    private static String header(String head, String name) {
        int at = head.toLowerCase(java.util.Locale.ROOT).indexOf("\r\n" + name + ": ");
        return at < 0 ? "" : head.substring(at + name.length() + 4, head.indexOf("\r\n", at + 2));
    }

    // The peer

    private static double posted(HookSink sink, List<String> bodies) throws Exception {
        byte[] secret = new byte[32];
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        long began = System.nanoTime();
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                int first = i;
                all.add(threads.submit(() -> {
                    post(sink.port(), bodies, first, secret);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdown();
        }
        return bodies.size() * 1e9 / (System.nanoTime() - began);
    }

    private static void post(int port, List<String> bodies, int first, byte[] secret)
            throws IOException, GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        byte[] answer = new byte[1024];
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (int i = first; i < bodies.size(); i += CONNECTIONS) {
                byte[] body = bodies.get(i).getBytes(StandardCharsets.UTF_8);
                String id = "msg_" + i;
                long now = Instant.now().getEpochSecond();
                mac.update((id + "." + now + ".").getBytes(StandardCharsets.UTF_8));
                String signature = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
                byte[] head = ("POST /bare HTTP/1.1\r\nHost: 127.0.0.1:" + port
                                + "\r\nContent-Type: application/cloudevents+json; charset=utf-8\r\nwebhook-id: " + id
                                + "\r\nwebhook-timestamp: " + now + "\r\nwebhook-signature: " + signature
                                + "\r\nContent-Length: " + body.length + "\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8);
                byte[] request = new byte[head.length + body.length];
                System.arraycopy(head, 0, request, 0, head.length);
                System.arraycopy(body, 0, request, head.length, body.length);
                socket.getOutputStream().write(request);
                int read = 0;
                while (read < 4 || answer[read - 1] != '\n' || answer[read - 3] != '\n') {
                    int more = in.read(answer, read, answer.length - read);
                    if (more < 0) {
                        throw new IOException("The sink has closed the connection");
                    }
                    read += more;
                }
            }
        }
    }

    // Beside some that hang

    /** @return from the event to the healthy endpoints, each beat at each */
    private static long[] beaten(
            LeanHttp operator,
            HookSink sink,
            Connection database,
            KafkaProducer<String, byte[]> producer,
            String name,
            int hanging)
            throws Exception {
        for (int i = 0; i < ENDPOINTS; i++) {
            String endpoint = name + "-" + i;
            if (i < hanging) {
                sink.hang("/" + endpoint);
            }
            subscribe(operator, sink, endpoint, "'" + name + "-'", false);
        }
        Set<String> refs = new LinkedHashSet<>();
        for (int i = 0; i < BEATS; i++) {
            refs.add(Commands.newId());
        }
        BatchedDecisions.writeSecrets(database, refs);
        List<Future<?>> sent = new ArrayList<>();
        long next = System.nanoTime();
        int number = 0;
        for (String ref : refs) {
            while (System.nanoTime() < next) {
                Thread.sleep(1);
            }
            next += BEAT_NANOS;
            sent.add(producer.send(Commands.cluster(
                    COMMANDS,
                    ref,
                    "CreateCluster",
                    name + "-" + number++,
                    "{\"size\":\"XS\",\"secretRef\":\"" + ref + "\"}")));
        }
        for (Future<?> one : sent) {
            one.get();
        }
        List<Long> nanos = new ArrayList<>();
        for (int i = HANGING; i < ENDPOINTS; i++) {
            List<HookSink.Received> all = sink.received("/" + name + "-" + i);
            if (!arrived(all, refs).equals(refs)) {
                throw new IllegalStateException("An endpoint heard of " + all.size() + " of " + BEATS);
            }
            synchronized (all) {
                for (HookSink.Received one : all) {
                    Instant happened = Instant.parse(HookSink.field(one.body(), "time"));
                    nanos.add(Duration.between(happened, Instant.ofEpochMilli(one.millis()))
                            .toNanos());
                }
            }
        }
        for (int i = 0; i < ENDPOINTS; i++) {
            operator.delete("/api/v1/subscriptions/" + name + "-" + i);
        }
        sink.forget();
        return nanos.stream().mapToLong(Long::longValue).toArray();
    }
}
