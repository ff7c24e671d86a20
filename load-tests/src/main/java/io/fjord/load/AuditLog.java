package io.fjord.load;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Entries a second from Kafka to a signed checkpoint, beside a bare loop that hashes, writes, waits for the disk and signs; and how
 * fast a whole log is verified, beside {@code sha256sum} on the same bytes.
 *
 * <p>The control plane is held while observations gather on the topic, so that the log is never short of them.
 */
final class AuditLog implements Scenario {

    private static final String TOPIC = "fjord.core.observations";
    private static final int PARTITIONS = 6;
    private static final int ROUNDS = 3;

    /** Rounds before those that count: the compilers are busy for the first half a million entries. */
    private static final int WARM_UPS = 2;

    private static final int SEALED_AT_ONCE = 8_192;
    private static final Pattern SIZE = Pattern.compile("\"size\":(\\d+)");
    private static final Pattern KEY = Pattern.compile("\"key\":\"([^\"]+)\"");
    private static final String DATA =
            "{\"table\":\"default.tour.flights\",\"columns\":[\"origin\",\"delay\"],\"snapshot\":"
                    + "4711471147114711471,\"rows\":231083,\"statement\":\"0197f0a2-7a43-7c11-9a44-d34c8b1f6a01\"}";

    private final int entries = Integer.parseInt(System.getenv().getOrDefault("FJORD_AUDIT_ENTRIES", "330000"));
    private long number;

    @Override
    public String name() {
        return "audit-log";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result("Entries from Kafka to a signed checkpoint; verifying them all");
        platform.servers();
        List<Map<String, Double>> rates = new ArrayList<>();
        String key;
        try (ServedPlane plane = ServedPlane.start(
                        platform, "cdc,control-policies,iam,core,catalog,sql,audit,gateway", Map.of());
                LeanHttp http = new LeanHttp(plane.port(), platform.token());
                KafkaProducer<String, byte[]> producer = Commands.producer(platform.kafka(), 20)) {
            awaitLog(http);
            for (int round = 0; round < WARM_UPS; round++) {
                sealed(http, plane, producer, entries);
            }
            for (int round = 1; round <= ROUNDS; round++) {
                Map<String, Double> figures = new LinkedHashMap<>();
                double sealed = sealed(http, plane, producer, entries);
                double bare = bare(platform.home(), entries);
                figures.put("entries a second to a signed checkpoint", sealed);
                figures.put("bare Merkle, fdatasync, sign, entries a second", bare);
                figures.put("ratio", sealed / bare);
                rates.add(figures);
            }
            key = found(KEY, http.get("/api/v1/audit/log").expect(200).body());
        }
        Path log = logFolder(platform);
        for (Map<String, Double> figures : rates) {
            verify(platform, log, key, figures);
            result.round(figures);
        }
        result.atLeast("entries a second to a signed checkpoint", 50_000);
        result.atLeast("verify / sha256sum", 0.3);
        result.verified("every observation sent is sealed; fjord audit verify finds the log whole after each round");
        return result;
    }

    private static String found(Pattern pattern, String text) throws IOException {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IOException("There is no " + pattern + " in " + text);
        }
        return matcher.group(1);
    }

    /** It is looked at beside the start of the rest. */
    private static void awaitLog(LeanHttp http) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!SIZE.matcher(http.get("/api/v1/audit/log").expect(200).body()).find()) {
            if (System.nanoTime() > deadline) {
                throw new IOException("The log does not begin");
            }
            Thread.sleep(50);
        }
    }

    private static long size(LeanHttp http) throws IOException {
        return Long.parseLong(
                found(SIZE, http.get("/api/v1/audit/log").expect(200).body()));
    }

    private double sealed(LeanHttp http, ServedPlane plane, KafkaProducer<String, byte[]> producer, int count)
            throws Exception {
        long before = size(http);
        plane.pause();
        for (int i = 0; i < count; i++) {
            var unused = producer.send(observation(++number));
        }
        producer.flush();
        long began = System.nanoTime();
        plane.resume();
        long deadline = began + TimeUnit.MINUTES.toNanos(10);
        while (size(http) < before + count) {
            if (System.nanoTime() > deadline) {
                throw new IOException("Only " + (size(http) - before) + " of " + count + " entries are sealed");
            }
            Thread.sleep(20);
        }
        return count / ((System.nanoTime() - began) / 1e9);
    }

    private static ProducerRecord<String, byte[]> observation(long n) {
        String subject = "default/table/default.tour.flights";
        ProducerRecord<String, byte[]> record =
                new ProducerRecord<>(TOPIC, (int) (n % PARTITIONS), subject, DATA.getBytes(StandardCharsets.UTF_8));
        String id = Commands.newId();
        header(record, "ce_specversion", "1.0");
        header(record, "ce_id", id);
        header(record, "ce_type", "fjord.core.load.TableRead.v1");
        header(record, "ce_source", "/services/core");
        header(record, "ce_time", Instant.now().toString());
        header(record, "ce_subject", subject);
        header(record, "ce_domain", "default");
        header(record, "ce_actor", "user:anna");
        header(record, "ce_correlationid", id);
        header(record, "ce_position", "1:" + n);
        header(record, "content-type", "application/json");
        return record;
    }

    private static void header(ProducerRecord<?, ?> record, String name, String value) {
        record.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** What nobody can do without: the hashes of a tree, the bytes on the disk, a signature for each batch. */
    private static double bare(Path home, int count) throws IOException, GeneralSecurityException {
        byte[] entry = (DATA + DATA).getBytes(StandardCharsets.UTF_8);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        PrivateKey key =
                KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate();
        Path file = home.resolve("bare-log");
        long began = System.nanoTime();
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            for (int done = 0; done < count; done += SEALED_AT_ONCE) {
                int some = Math.min(SEALED_AT_ONCE, count - done);
                ByteBuffer bytes = ByteBuffer.allocate(some * (entry.length + 2));
                List<byte[]> level = new ArrayList<>();
                for (int i = 0; i < some; i++) {
                    digest.update((byte) 0);
                    level.add(digest.digest(entry));
                    bytes.putShort((short) entry.length).put(entry);
                }
                while (level.size() > 1) {
                    List<byte[]> above = new ArrayList<>();
                    for (int i = 0; i + 1 < level.size(); i += 2) {
                        digest.update((byte) 1);
                        digest.update(level.get(i));
                        above.add(digest.digest(level.get(i + 1)));
                    }
                    level = above;
                }
                out.write(bytes.flip());
                out.force(false);
                Signature signature = Signature.getInstance("Ed25519");
                signature.initSign(key);
                signature.update(level.get(0));
                out.write(ByteBuffer.wrap(signature.sign()));
            }
        }
        double rate = count / ((System.nanoTime() - began) / 1e9);
        Files.delete(file);
        return rate;
    }

    // Verifying

    private static Path logFolder(LocalPlatform platform) throws IOException {
        try (Stream<Path> logs = Files.list(platform.home().resolve("data/object-store/lakehouse/_audit"))) {
            return logs.findFirst().orElseThrow(() -> new IOException("There is no log on the object store"));
        }
    }

    private static void verify(LocalPlatform platform, Path log, String key, Map<String, Double> figures)
            throws IOException, InterruptedException {
        List<Path> bundles;
        long bytes = 0;
        try (Stream<Path> all = Files.walk(log.resolve("tile/entries"))) {
            bundles = all.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path bundle : bundles) {
            bytes += Files.size(bundle);
        }
        double sum = seconds(
                new ProcessBuilder("sh", "-c", "cat \"$@\" > /dev/null; cat \"$@\" | sha256sum", "sh"), bundles, false);
        double read = seconds(new ProcessBuilder("sh", "-c", "cat \"$@\" > /dev/null", "sh"), bundles, false);
        double verify = seconds(verifier(platform, log, key), List.of(), true);
        figures.put("log, MiB of entries", bytes / 1048576.0);
        figures.put("sha256sum, s", sum - read);
        figures.put("fjord audit verify with its start, s", verify);
        figures.put("verify / sha256sum", (sum - read) / verify);
    }

    private static ProcessBuilder verifier(LocalPlatform platform, Path log, String key) {
        ProcessBuilder builder = new ProcessBuilder(
                platform.root().resolve("fjord").toString(), "audit", "verify", log.toString(), "--key", key);
        builder.environment().put("FJORD_HOME", platform.home().toString());
        builder.environment().put("FJORD_NO_BUILD", "1");
        return builder;
    }

    private static double seconds(ProcessBuilder builder, List<Path> files, boolean mustBeWhole)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(builder.command());
        files.forEach(file -> command.add(file.toString()));
        builder.command(command).redirectErrorStream(true).directory(new File("."));
        long began = System.nanoTime();
        Process process = builder.start();
        String said;
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            said = String.join("\n", out.lines().toList());
        }
        if (process.waitFor() != 0 || (mustBeWhole && !said.contains("The log is whole"))) {
            throw new IOException(command.get(0) + " ended with " + process.exitValue() + ": " + said);
        }
        return (System.nanoTime() - began) / 1e9;
    }
}
