package io.fjord.audit.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.audit.log.Finding.Check;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whoever changes a log is found; and a verifier that forgot one of its checks would be found too. */
class LogVerifierTest {

    private static final int SIZE = 700;
    private static final List<byte[]> ENTRIES = withALongOne(LogOfTests.entries(SIZE));
    private static final String LONG = "{\"v\":1,\"seq\":300,\"data\":\"" + "x".repeat(70_000) + "\"}";
    private static final String LONG_HASH =
            HexFormat.of().formatHex(Merkle.sha256().digest(LONG.getBytes(StandardCharsets.UTF_8)));
    private static final NoteSigner OTHER = NoteSigner.of("fjord.test/audit", NoteSigner.newKey());
    private static final NoteSigner WITNESS = NoteSigner.witness("witness.test", NoteSigner.newKey());

    private static List<byte[]> withALongOne(List<byte[]> entries) {
        String text = "{\"v\":1,\"seq\":300,\"data\":\"" + "x".repeat(70_000) + "\"}";
        String hash = HexFormat.of().formatHex(Merkle.sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
        entries.set(
                299,
                ("{\"v\":1,\"seq\":300,\"sha256\":\"" + hash + "\",\"bytes\":" + text.length() + "}")
                        .getBytes(StandardCharsets.UTF_8));
        return entries;
    }

    private static LogOfTests log(List<byte[]> entries, NoteSigner signer) {
        LogOfTests log = LogOfTests.of(entries, signer);
        log.files.put(LogSource.whole(LONG_HASH), LONG.getBytes(StandardCharsets.UTF_8));
        witnessed(log);
        return log;
    }

    private static void witnessed(LogOfTests log) {
        SignedNote note = SignedNote.parse(text(log.files.get(LogSource.CHECKPOINT)));
        log.files.put(
                LogSource.CHECKPOINT,
                note.with(WITNESS.cosign(note.text(), 1_700_000_000)).toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static final LogOfTests LOG = log(ENTRIES, LogOfTests.SIGNER);
    private static final Checkpoint KNOWN =
            LogOfTests.of(ENTRIES.subList(0, 250), LogOfTests.SIGNER).checkpoint();

    private static LogVerifier.Report verify(LogOfTests log, Set<Check> checks) {
        try {
            return new LogVerifier(log, LogOfTests.SIGNER.key(), checks)
                    .since(KNOWN)
                    .witnessed(List.of(WITNESS.key()), 1)
                    .verify();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    // How a log can be changed

    private interface Change {
        LogOfTests made(Random random);
    }

    /** What each of them is about. */
    private static final Map<String, Change> CHANGES = new LinkedHashMap<>();

    static {
        CHANGES.put("a bit of a file", LogVerifierTest::flipped);
        CHANGES.put("a bit of an entry, its tiles made to fit", random -> refitted(random, flippedEntry(random)));
        CHANGES.put("an entry more, all made to fit", random -> {
            List<byte[]> entries = new ArrayList<>(ENTRIES);
            entries.add(random.nextInt(SIZE), LogOfTests.entry(random.nextInt(SIZE), "was never"));
            return refitted(random, entries);
        });
        CHANGES.put("an entry less, all made to fit", random -> {
            List<byte[]> entries = new ArrayList<>(ENTRIES);
            entries.remove(random.nextInt(SIZE));
            return refitted(random, entries);
        });
        CHANGES.put("two entries in each other's place, all made to fit", random -> refitted(random, swapped(random)));
        CHANGES.put("two entries in each other's place, in their bundles alone", random -> {
            LogOfTests other = LogOfTests.of(swapped(random), LogOfTests.SIGNER);
            LogOfTests log = copy();
            other.files.forEach((path, bytes) -> {
                if (path.startsWith("tile/entries")) {
                    log.files.put(path, bytes);
                }
            });
            return log;
        });
        CHANGES.put("a file is gone", random -> {
            LogOfTests log = copy();
            List<String> paths = new ArrayList<>(log.files.keySet());
            log.files.remove(paths.get(random.nextInt(paths.size())));
            return log;
        });
        CHANGES.put("a file is cut short", random -> {
            LogOfTests log = copy();
            String path = any(log, random);
            byte[] bytes = log.files.get(path);
            log.files.put(path, java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length)));
            return log;
        });
        CHANGES.put("bytes behind a file", random -> {
            LogOfTests log = copy();
            String path = any(log, random);
            byte[] bytes = log.files.get(path);
            log.files.put(path, java.util.Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(40)));
            return log;
        });
        CHANGES.put(
                "shortened to what it was before, properly signed",
                random -> log(ENTRIES.subList(0, 100 + random.nextInt(149)), LogOfTests.SIGNER));
        CHANGES.put("another history, properly signed and witnessed", random -> {
            List<byte[]> entries = new ArrayList<>(ENTRIES);
            int at = random.nextInt(250);
            entries.set(at, LogOfTests.entry(at + 1, "something else " + random.nextInt()));
            return log(entries, LogOfTests.SIGNER);
        });
        CHANGES.put("another history, signed by another key", random -> {
            List<byte[]> entries = new ArrayList<>(ENTRIES);
            int at = 600 + random.nextInt(90);
            entries.set(at, LogOfTests.entry(at + 1, "something else " + random.nextInt()));
            return log(entries, OTHER);
        });
        CHANGES.put("another end, properly signed, seen by no witness", random -> {
            List<byte[]> entries = new ArrayList<>(ENTRIES);
            int at = 600 + random.nextInt(90);
            entries.set(at, LogOfTests.entry(at + 1, "something else " + random.nextInt()));
            LogOfTests log = LogOfTests.of(entries, LogOfTests.SIGNER);
            log.files.put(LogSource.whole(LONG_HASH), LONG.getBytes(StandardCharsets.UTF_8));
            return log;
        });
        CHANGES.put("numbers that skip, properly signed and witnessed", random -> {
            List<byte[]> entries = new ArrayList<>(ENTRIES);
            int at = 540 + random.nextInt(150);
            entries.remove(at);
            return log(entries, LogOfTests.SIGNER);
        });
    }

    private static LogOfTests copy() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        LOG.files.forEach((path, bytes) -> files.put(path, bytes.clone()));
        return new LogOfTests(files);
    }

    private static String any(LogOfTests log, Random random) {
        List<String> paths = new ArrayList<>(log.files.keySet());
        return paths.get(random.nextInt(paths.size()));
    }

    private static LogOfTests flipped(Random random) {
        LogOfTests log = copy();
        byte[] bytes = log.files.get(any(log, random));
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        return log;
    }

    private static List<byte[]> flippedEntry(Random random) {
        List<byte[]> entries = new ArrayList<>(ENTRIES);
        int at = random.nextInt(SIZE);
        byte[] entry = entries.get(at).clone();
        entry[random.nextInt(entry.length)] ^= (byte) (1 << random.nextInt(8));
        entries.set(at, entry);
        return entries;
    }

    private static List<byte[]> swapped(Random random) {
        List<byte[]> entries = new ArrayList<>(ENTRIES);
        int one = random.nextInt(SIZE);
        Collections.swap(entries, one, (one + 1 + random.nextInt(SIZE - 1)) % SIZE);
        return entries;
    }

    /** By one who has no key: the checkpoint stays, or says what it should and keeps the old signature. */
    private static LogOfTests refitted(Random random, List<byte[]> entries) {
        LogOfTests other = LogOfTests.of(entries, LogOfTests.SIGNER);
        LogOfTests log = copy();
        Checkpoint checkpoint = other.checkpoint();
        other.files.remove(LogSource.CHECKPOINT);
        // Of another size, it has others.
        log.files.keySet().removeIf(path -> path.contains(".p/"));
        log.files.putAll(other.files);
        if (random.nextBoolean()) {
            SignedNote note = SignedNote.parse(text(LOG.files.get(LogSource.CHECKPOINT)));
            log.files.put(
                    LogSource.CHECKPOINT,
                    new SignedNote(checkpoint.text(), note.signatures())
                            .toString()
                            .getBytes(StandardCharsets.UTF_8));
        }
        return log;
    }

    // What is found of it

    @Test
    void a_log_as_it_is_has_no_finding() {
        LogVerifier.Report report = verify(LOG, EnumSet.allOf(Check.class));

        assertThat(report.findings()).isEmpty();
        assertThat(report.entries()).isEqualTo(SIZE);
    }

    @Test
    void a_log_that_grew_past_its_checkpoint_has_none() {
        LogOfTests grown = LogOfTests.of(LogOfTests.entries(900), LogOfTests.SIGNER);
        LogOfTests before = LogOfTests.of(LogOfTests.entries(700), LogOfTests.SIGNER);
        before.files.forEach((path, bytes) -> {
            if (!path.contains("002.p/")) {
                grown.files.put(path, bytes);
            }
        });

        LogVerifier verifier = new LogVerifier(grown, LogOfTests.SIGNER.key());
        assertThat(assertedReport(verifier).findings()).isEmpty();
    }

    private static LogVerifier.Report assertedReport(LogVerifier verifier) {
        try {
            return verifier.verify();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void every_change_is_found() {
        Random random = new Random(20261122);
        int rounds = Integer.getInteger("fjord.audit.mutations", Boolean.getBoolean("fjord.all") ? 1_000 : 40);
        CHANGES.forEach((name, change) -> {
            for (int i = 0; i < rounds; i++) {
                LogOfTests changed = change.made(random);
                if (same(changed, LOG)) {
                    continue;
                }
                assertThat(verify(changed, EnumSet.allOf(Check.class)).findings())
                        .as("%s, %d", name, i)
                        .isNotEmpty();
            }
        });
    }

    private static boolean same(LogOfTests one, LogOfTests other) {
        return one.files.keySet().equals(other.files.keySet())
                && one.files.entrySet().stream()
                        .allMatch(file -> java.util.Arrays.equals(file.getValue(), other.files.get(file.getKey())));
    }

    /** A verifier without it misses something: no check is there for nothing. */
    @Test
    void a_verifier_that_forgot_a_check_is_found_out() {
        Map<Check, String> missed = new EnumMap<>(Check.class);
        Random random = new Random(5);
        for (Check forgotten : Check.values()) {
            Set<Check> others = EnumSet.complementOf(EnumSet.of(forgotten));
            for (int i = 0; i < 100 && !missed.containsKey(forgotten); i++) {
                CHANGES.forEach((name, change) -> {
                    LogOfTests changed = change.made(random);
                    if (!missed.containsKey(forgotten)
                            && !same(changed, LOG)
                            && verify(changed, others).findings().isEmpty()) {
                        missed.put(forgotten, name);
                    }
                });
            }
        }
        assertThat(missed.keySet()).containsExactly(Check.values());
    }

    @Test
    void it_says_where() {
        List<byte[]> entries = new ArrayList<>(ENTRIES);
        entries.set(410, LogOfTests.entry(411, "something else"));
        LogOfTests log = copy();
        log.files.put("tile/entries/001", LogOfTests.of(entries, OTHER).files.get("tile/entries/001"));

        assertThat(verify(log, EnumSet.allOf(Check.class)).findings())
                .extracting(Finding::where)
                .contains("entry 411", "tile/1/000.p/2");
    }

    @Test
    void a_checkpoint_of_another_log_is_no_use() {
        Checkpoint other =
                new Checkpoint("somebody.else/log", 700, Base64.getDecoder().decode("A".repeat(43) + "="));
        LogOfTests log = copy();
        log.files.put(
                LogSource.CHECKPOINT,
                LogOfTests.SIGNER.sign(other.text()).toString().getBytes(StandardCharsets.UTF_8));

        assertThat(verify(log, EnumSet.allOf(Check.class)).findings())
                .extracting(Finding::check)
                .contains(Check.SIGNATURE, Check.ROOT, Check.FORKED);
    }
}
