package io.fjord.audit.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** The files of a log, made of entries. */
final class LogOfTests implements LogSource {

    static final byte[] KEPT = NoteSigner.newKey();
    static final NoteSigner SIGNER = NoteSigner.of("fjord.test/audit", KEPT);

    final Map<String, byte[]> files;

    LogOfTests(Map<String, byte[]> files) {
        this.files = new ConcurrentSkipListMap<>(files);
    }

    static byte[] entry(long seq, String what) {
        return ("{\"v\":1,\"seq\":" + seq + ",\"data\":\"" + what + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    static List<byte[]> entries(int count) {
        List<byte[]> entries = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            entries.add(entry(i, "what happened at " + i));
        }
        return entries;
    }

    /** With a checkpoint signed by that key. */
    static LogOfTests of(List<byte[]> entries, NoteSigner signer) {
        GrowingLog log = GrowingLog.empty();
        entries.forEach(log::add);
        Map<String, byte[]> files = new TreeMap<>();
        GrowingLog.Grown grown = log.grown();
        grown.files().forEach((tile, bytes) -> files.put(tile.path(), bytes));
        Checkpoint checkpoint = new Checkpoint("fjord.test/audit", grown.size(), grown.root());
        files.put(CHECKPOINT, signer.sign(checkpoint.text()).toString().getBytes(StandardCharsets.UTF_8));
        return new LogOfTests(files);
    }

    Checkpoint checkpoint() {
        return Checkpoint.parse(SignedNote.parse(new String(files.get(CHECKPOINT), StandardCharsets.UTF_8))
                .text());
    }

    @Override
    public byte @Nullable [] read(String path) {
        return files.get(path);
    }
}
