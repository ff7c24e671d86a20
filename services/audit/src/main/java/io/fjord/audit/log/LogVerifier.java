package io.fjord.audit.log;

import io.fjord.audit.log.Finding.Check;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a whole log, entry by entry, with nothing but its files and its key; on all cores.
 *
 * <p>A log that was changed is found by what it was changed to: an entry, a tile or a root that does not fit; where everything was
 * made to fit and signed anew, by a checkpoint remembered from before, or by witnesses.
 */
public final class LogVerifier {

    /** So many entries are not worth threads. */
    private static final long FEW = 16L * Tile.FULL;

    /** Of one kind more are not told: they are of one cause. */
    private static final int MOST_FINDINGS = 100;

    private final LogSource source;
    private final NoteKey key;
    private final Set<Check> checks;
    private final List<NoteKey> witnesses = new ArrayList<>();
    private int enough;
    private @Nullable Checkpoint since;

    public LogVerifier(LogSource source, NoteKey key) {
        this(source, key, EnumSet.allOf(Check.class));
    }

    /** With some checks alone. */
    LogVerifier(LogSource source, NoteKey key, Set<Check> checks) {
        this.source = source;
        this.key = key;
        this.checks = EnumSet.copyOf(checks);
    }

    /** Of these witnesses so many must have signed the checkpoint. */
    public LogVerifier witnessed(List<NoteKey> by, int enoughOfThem) {
        witnesses.addAll(by);
        enough = enoughOfThem;
        return this;
    }

    /** The log must still begin as it was then. */
    public LogVerifier since(Checkpoint known) {
        since = known;
        return this;
    }

    /**
     * What was found.
     *
     * @param checkpoint null if it cannot be read
     * @param note as it was read
     * @param entries so many were looked at
     * @param bytes of all of them
     */
    public record Report(
            @Nullable Checkpoint checkpoint, String note, long entries, long bytes, List<Finding> findings) {

        public boolean isWhole() {
            return findings.isEmpty();
        }
    }

    public Report verify() throws IOException {
        return new Run().verify();
    }

    /** What one bundle came to. */
    private record Looked(byte[] hashes, int count, byte[] root, long bytes, List<Finding> findings) {}

    private final class Run {

        private final List<Finding> findings = new ArrayList<>();
        private final TreeEdge edge = new TreeEdge();
        private long bytes;
        private int broken;

        Report verify() throws IOException {
            byte[] read = source.read(LogSource.CHECKPOINT);
            if (read == null) {
                found(Check.FILES, LogSource.CHECKPOINT, "is not there");
                return new Report(null, "", 0, 0, findings);
            }
            String note = new String(read, StandardCharsets.UTF_8);
            Checkpoint checkpoint;
            try {
                SignedNote signed = SignedNote.parse(note);
                checkpoint = Checkpoint.parse(signed.text());
                signatures(signed, checkpoint);
            } catch (IllegalArgumentException e) {
                found(Check.FILES, LogSource.CHECKPOINT, String.valueOf(e.getMessage()));
                return new Report(null, note, 0, 0, findings);
            }
            entries(checkpoint.size());
            begunTiles(checkpoint.size());
            if (edge.size() != checkpoint.size() || !Arrays.equals(edge.root(), checkpoint.root())) {
                found(Check.ROOT, LogSource.CHECKPOINT, "its root is not that of the entries");
            }
            continues(checkpoint);
            return new Report(checkpoint, note, checkpoint.size(), bytes, findings);
        }

        private void found(Check check, String where, String what) {
            if (checks.contains(check) && findings.size() < MOST_FINDINGS) {
                findings.add(new Finding(check, where, what));
            }
        }

        private void signatures(SignedNote signed, Checkpoint checkpoint) {
            if (!signed.isSignedBy(key) || !checkpoint.origin().equals(key.name())) {
                found(Check.SIGNATURE, LogSource.CHECKPOINT, "is not signed by " + key.name());
            }
            long saw = witnesses.stream().filter(signed::isSignedBy).count();
            if (saw < enough) {
                found(
                        Check.WITNESSES,
                        LogSource.CHECKPOINT,
                        saw + " of the witnesses signed it, and " + enough + " should have");
            }
        }

        private void entries(long size) throws IOException {
            if (size <= FEW) {
                entries(size, Runnable::run);
                return;
            }
            ExecutorService threads =
                    Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), run -> {
                        Thread thread = new Thread(run, "log-verifier");
                        thread.setDaemon(true);
                        return thread;
                    });
            try {
                entries(size, threads);
            } finally {
                threads.shutdownNow();
            }
        }

        /** Bundles are looked at beside each other, and put together in their order. */
        private void entries(long size, Executor threads) throws IOException {
            int ahead = 8 * Runtime.getRuntime().availableProcessors();
            Deque<CompletableFuture<Looked>> coming = new ArrayDeque<>();
            long bundles = (size + Tile.FULL - 1) / Tile.FULL;
            // What breaks off so often is not there at all, whatever the checkpoint says.
            for (long next = 0, done = 0; done < bundles && broken < MOST_FINDINGS; done++) {
                while (next < bundles && coming.size() < ahead) {
                    Tile bundle = Tile.holding(0, next * Tile.FULL, size);
                    coming.add(CompletableFuture.supplyAsync(() -> look(bundle), threads));
                    next++;
                }
                take(get(coming.remove()));
            }
        }

        private Looked get(CompletableFuture<Looked> future) throws IOException {
            try {
                return future.join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof UncheckedIOException io ? io.getCause() : new IOException(e.getCause());
            }
        }

        private void take(Looked looked) throws IOException {
            bytes += looked.bytes();
            looked.findings().forEach(one -> found(one.check(), one.where(), one.what()));
            if (broken > 0 || edge.size() % Tile.FULL != 0) {
                // What follows on a gap stands somewhere else.
                broken++;
                return;
            }
            List<Tile> full = new ArrayList<>();
            List<byte[]> theirs = new ArrayList<>();
            TreeEdge.Full above = (tile, hashes) -> {
                if (tile.level() > 0) {
                    full.add(tile);
                    theirs.add(hashes);
                }
            };
            if (looked.count() == 0) {
                broken++;
            } else if (looked.count() == Tile.FULL) {
                edge.addTile(looked.root(), above);
            } else {
                for (int i = 0; i < looked.count(); i++) {
                    int at = i * Merkle.HASH_BYTES;
                    edge.add(Arrays.copyOfRange(looked.hashes(), at, at + Merkle.HASH_BYTES), above);
                }
            }
            for (int i = 0; i < full.size(); i++) {
                compare(full.get(i), theirs.get(i));
            }
        }

        private void begunTiles(long size) throws IOException {
            for (Tile tile : Tile.begun(size)) {
                if (tile.level() > 0 && edge.size() == size) {
                    compare(tile, edge.hashes(tile));
                }
            }
        }

        private void compare(Tile tile, byte[] hashes) throws IOException {
            byte[] there = source.read(tile);
            if (there == null) {
                found(Check.FILES, tile.path(), "is not there");
            } else if (!Arrays.equals(there, hashes)) {
                found(Check.TILES, tile.path(), "does not hold the hashes of the tiles below");
            }
        }

        private void continues(Checkpoint checkpoint) {
            Checkpoint known = since;
            if (known == null) {
                return;
            }
            if (!known.origin().equals(checkpoint.origin())) {
                found(Check.FORKED, LogSource.CHECKPOINT, "is of another log: it was " + known.origin());
            }
            if (known.size() > checkpoint.size()) {
                found(
                        Check.SHORTENED,
                        LogSource.CHECKPOINT,
                        "the log has " + checkpoint.size() + " entries; it had " + known.size());
                return;
            }
            try {
                // The tiles are those of the entries, or that was told above.
                byte[] then = new Hashes(this::tile, checkpoint.size()).root(known.size());
                if (!Arrays.equals(then, known.root())) {
                    found(
                            Check.FORKED,
                            LogSource.CHECKPOINT,
                            "the log does not begin as it did when it had " + known.size() + " entries");
                }
            } catch (IllegalStateException e) {
                found(Check.FILES, "tile", "what the log began as cannot be told: " + e.getMessage());
            }
        }

        private byte[] tile(Tile tile) {
            try {
                byte[] there = source.read(tile);
                if (there != null && there.length == tile.width() * Merkle.HASH_BYTES) {
                    return there;
                }
            } catch (IOException e) {
                throw new IllegalStateException(e.getMessage(), e);
            }
            throw new IllegalStateException(tile.path() + " is not there");
        }
    }

    // On many threads

    private Looked look(Tile tile) {
        try {
            return looked(tile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Looked looked(Tile tile) throws IOException {
        Tile entries = new Tile(Tile.ENTRIES, tile.index(), tile.width());
        List<Finding> findings = new ArrayList<>();
        byte[] hashes = new byte[tile.width() * Merkle.HASH_BYTES];
        byte[] bundle = source.read(entries);
        if (bundle == null) {
            findings.add(new Finding(Check.FILES, entries.path(), "is not there"));
            return new Looked(hashes, 0, hashes, 0, findings);
        }
        long first = tile.index() * Tile.FULL;
        int[] count = new int[1];
        int end = Bundle.each(bundle, tile.width(), (offset, length) -> {
            int n = count[0]++;
            Merkle.leaf(bundle, offset, length, hashes, n * Merkle.HASH_BYTES);
            numbered(bundle, offset, length, first + n + 1, findings);
            whole(bundle, offset, length, first + n + 1, findings);
        });
        if (count[0] != tile.width() || end != bundle.length) {
            findings.add(new Finding(
                    Check.BUNDLES,
                    entries.path(),
                    end == bundle.length
                            ? "holds " + count[0] + " entries, not " + tile.width()
                            : "holds " + tile.width() + " entries and something else, or breaks off"));
        }
        byte[] there = source.read(tile);
        if (there == null) {
            findings.add(new Finding(Check.FILES, tile.path(), "is not there"));
        } else {
            leaves(tile, there, hashes, first, findings);
        }
        return new Looked(
                hashes,
                count[0],
                count[0] == Tile.FULL ? Merkle.perfect(hashes, 0, Tile.FULL) : hashes,
                bundle.length,
                findings);
    }

    private static void leaves(Tile tile, byte[] there, byte[] hashes, long first, List<Finding> findings) {
        int differs = Arrays.mismatch(there, hashes);
        if (differs >= 0) {
            findings.add(new Finding(
                    Check.LEAVES,
                    "entry " + (first + differs / Merkle.HASH_BYTES + 1),
                    "its hash is not the one in " + tile.path()));
        }
    }

    /** {@code {"v":1,"seq":4711,…}} is the 4711th. */
    private static void numbered(byte[] bundle, int offset, int length, long seq, List<Finding> findings) {
        byte[] begins = ("{\"v\":1,\"seq\":" + seq + ",").getBytes(StandardCharsets.US_ASCII);
        if (length < begins.length
                || !Arrays.equals(bundle, offset, offset + begins.length, begins, 0, begins.length)) {
            findings.add(new Finding(Check.NUMBERS, "entry " + seq, "does not say that it is number " + seq));
        }
    }

    /** An entry that is too long for its place says which file holds all of it. */
    private void whole(byte[] bundle, int offset, int length, long seq, List<Finding> findings) {
        String sha256 = Export.LongEntry.of(bundle, offset, length, seq);
        if (sha256 != null) {
            compareWhole(sha256, seq, findings);
        }
    }

    private void compareWhole(String sha256, long seq, List<Finding> findings) {
        try {
            byte[] there = sha256.matches("[0-9a-f]{64}") ? source.read(LogSource.whole(sha256)) : null;
            if (there == null) {
                findings.add(new Finding(
                        Check.FILES, "entry " + seq, "the file of its bytes, " + sha256 + ", is not there"));
            } else if (!HexFormat.of().formatHex(Merkle.sha256().digest(there)).equals(sha256)) {
                findings.add(new Finding(Check.WHOLE, "entry " + seq, "its bytes are not what they were"));
            }
        } catch (IOException e) {
            findings.add(new Finding(Check.FILES, "entry " + seq, "its bytes cannot be read: " + e.getMessage()));
        }
    }
}
