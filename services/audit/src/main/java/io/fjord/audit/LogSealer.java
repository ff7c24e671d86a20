package io.fjord.audit;

import io.fjord.audit.log.Bundle;
import io.fjord.audit.log.Checkpoint;
import io.fjord.audit.log.GrowingLog;
import io.fjord.audit.log.Hashes;
import io.fjord.audit.log.LogSource;
import io.fjord.audit.log.NoteSigner;
import io.fjord.audit.log.SignedNote;
import io.fjord.audit.log.Tile;
import io.fjord.kernel.CrashPoint;
import io.fjord.kernel.Ids;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Vault;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes entries the leaves of a Merkle log (RFC 6962) in the order of their seq, on a thread of its own: first their tiles are
 * written, then the checkpoint is moved forward in the database, then it is written beside the tiles.
 *
 * <p>A checkpoint follows from the entries alone, without a time or anything else by chance: two sealers at once, or one that was
 * killed between any two of its steps and does them again, write the same bytes. Moving the checkpoint forward is where one of two
 * loses, and looks again where the log stands.
 */
final class LogSealer {

    private static final Logger log = LoggerFactory.getLogger(LogSealer.class);

    private static final int MOST_AT_ONCE = 8_192;
    private static final int PAGE = 500;

    /** In characters. What is told of more than this is read when its turn comes. */
    private static final int MOST_WAITING = 16_000_000;

    /** Of an entry, beside its data. */
    private static final int HEAD = 500;

    /** So often it looks for entries that nobody told of. */
    private static final long LOOK_SECONDS = 5;

    private final Vertx vertx;
    private final EntryQueries entries;
    private final LogHeads heads;
    private final Vault vault;
    private final Database database;
    private final LogStore store;
    private final Timer sealing;

    private final BlockingQueue<List<Entry>> told = new LinkedBlockingQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    private volatile @Nullable SealedLog sealed;
    private volatile @Nullable String broken;
    private volatile Runnable moved = () -> {};

    // On its thread
    private GrowingLog growing = GrowingLog.empty();
    private boolean unread = true;
    private @Nullable LogFiles files;

    LogSealer(
            Vertx vertx,
            Database database,
            EntryQueries entries,
            LogHeads heads,
            Vault vault,
            LogStore store,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.database = database;
        this.entries = entries;
        this.heads = heads;
        this.vault = vault;
        this.store = store;
        this.sealing = Timer.builder("fjord.audit.sealing")
                .description("From entries that are read to their signed checkpoint")
                .register(metrics);
        Gauge.builder("fjord.audit.sealed.entries", () -> sealed == null ? 0 : size())
                .description("Entries under the newest checkpoint of the log")
                .register(metrics);
        Gauge.builder("fjord.audit.log.broken", () -> broken == null ? 0 : 1)
                .description("Whether record, tiles and checkpoint differ, so that nothing is sealed")
                .register(metrics);
    }

    LogSealer start() {
        Thread thread = new Thread(this::run, "audit-log");
        thread.setDaemon(true);
        thread.start();
        return this;
    }

    Future<?> stop() {
        stop.countDown();
        // Wakes it.
        told.add(List.of());
        return vertx.executeBlocking(() -> ended.await(30, TimeUnit.SECONDS), false);
    }

    /** Told each time the checkpoint has moved, on any thread. */
    void whenMoved(Runnable told) {
        moved = told;
    }

    /** These were committed; from any thread, in any order. */
    void recorded(List<Entry> some) {
        int weight = weight(some);
        if (waiting.addAndGet(weight) <= MOST_WAITING) {
            told.add(some);
        } else {
            waiting.addAndGet(-weight);
        }
    }

    private static int weight(List<Entry> some) {
        int weight = 0;
        for (Entry entry : some) {
            weight += HEAD + entry.data().length();
        }
        return weight;
    }

    /** The log as others may know it; empty until it was looked at for the first time. */
    Optional<SealedLog> sealed() {
        return Optional.ofNullable(sealed);
    }

    /** What does not fit, if something does not. */
    Optional<String> broken() {
        return Optional.ofNullable(broken);
    }

    private long size() {
        SealedLog now = sealed;
        return now == null ? 0 : now.checkpoint().size();
    }

    private void run() {
        try {
            while (stop.getCount() > 0) {
                long pause = 2;
                try {
                    open();
                    broken = null;
                    moved.run();
                    follow();
                } catch (LogBroken e) {
                    broken = e.getMessage();
                    log.atError().log("The log of the audit is not sealed any further: " + e.getMessage());
                    pause = 30;
                } catch (ExecutionException | IOException | RuntimeException e) {
                    log.atWarn().setCause(e).log("Sealing the log waits; trying again");
                }
                if (stop.await(pause, TimeUnit.SECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (files != null) {
                files.close();
            }
            ended.countDown();
        }
    }

    // Where it stands

    private void open() throws ExecutionException, IOException, InterruptedException {
        byte[] kept = key();
        String id = Ids.sha256(NoteSigner.publicKey(kept).getEncoded()).substring(0, 16);
        String origin = store.name() + "/" + id;
        NoteSigner signer = NoteSigner.of(origin, kept);
        if (files == null) {
            files = new LogFiles(store, id);
        }
        SealedLog found = found(signer, files);
        sealed = found;
        unread = true;
        log.atInfo()
                .addKeyValue("origin", origin)
                .addKeyValue("entries", found.checkpoint().size())
                .log("The log of the audit goes on");
    }

    /** The one in the vault, which is made at the first start. */
    private byte[] key() throws ExecutionException, InterruptedException {
        String ref = Ids.of("audit log key", store.name());
        done(vault.putIfAbsent(ref, NoteSigner.newKey())
                .compose(ok -> database.transaction(tx -> vault.markReferenced(tx, ref))));
        return done(vault.get(ref));
    }

    private SealedLog found(NoteSigner signer, LogFiles files)
            throws ExecutionException, IOException, InterruptedException {
        String origin = signer.key().name();
        Optional<SignedNote> head = done(heads.newest(origin));
        byte[] stored = files.read(LogSource.CHECKPOINT);
        Optional<SignedNote> published = stored == null
                ? Optional.empty()
                : Optional.of(note(signer, new String(stored, StandardCharsets.UTF_8), "object store"));
        if (head.isEmpty()) {
            if (published.isPresent()) {
                throw new LogBroken("the object store holds a log " + origin
                        + " that the database knows nothing of. Restore the database, or begin a log of another name"
                        + " (FJORD_AUDIT_LOG)");
            }
            return begun(signer, files);
        }
        SignedNote note = note(signer, head.get().toString(), "database");
        Checkpoint checkpoint = Checkpoint.parse(note.text());
        long last = done(entries.last());
        if (last < checkpoint.size()) {
            throw new LogBroken("the log has " + checkpoint.size() + " entries and the record only " + last
                    + ": entries were taken out of the database");
        }
        growing = grown(files, checkpoint);
        if (published.isPresent()) {
            agrees(files, checkpoint, Checkpoint.parse(published.get().text()));
        }
        if (published.isEmpty() || !published.get().text().equals(note.text())) {
            files.write(LogSource.CHECKPOINT, note.toString().getBytes(StandardCharsets.UTF_8));
        }
        return new SealedLog(signer, files, checkpoint, note);
    }

    private SealedLog begun(NoteSigner signer, LogFiles files) throws ExecutionException, InterruptedException {
        growing = GrowingLog.empty();
        Checkpoint none = new Checkpoint(signer.key().name(), 0, growing.root());
        SignedNote note = signer.sign(none.text());
        done(heads.move(0, none, note));
        files.write(LogSource.CHECKPOINT, note.toString().getBytes(StandardCharsets.UTF_8));
        return new SealedLog(signer, files, none, note);
    }

    private static SignedNote note(NoteSigner signer, String text, String where) {
        try {
            SignedNote note = SignedNote.parse(text);
            if (note.isSignedBy(signer.key())) {
                Checkpoint.parse(note.text());
                return note;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new LogBroken("the checkpoint in the " + where + " is not signed by this log's key");
    }

    /** Of the tiles; of the record, where tiles are gone. */
    private GrowingLog grown(LogFiles files, Checkpoint checkpoint)
            throws ExecutionException, IOException, InterruptedException {
        long size = checkpoint.size();
        GrowingLog there;
        try {
            long begun = size % Tile.FULL;
            there = GrowingLog.load(
                    size,
                    tile -> tile(files, tile),
                    begun == 0
                            ? List.of()
                            : Bundle.entries(tile(files, new Tile(Tile.ENTRIES, size / Tile.FULL, (int) begun))));
        } catch (TileGone e) {
            log.atWarn()
                    .addKeyValue("tile", e.getMessage())
                    .log("Tiles of the log are gone; they are made again of the record");
            there = made(files, size);
        }
        if (!Arrays.equals(there.root(), checkpoint.root())) {
            throw new LogBroken("the tiles of the log do not have the root that was signed at " + size + " entries");
        }
        recordAgrees(files, size);
        return there;
    }

    private static final class TileGone extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TileGone(Tile tile) {
            super(tile.path(), null, false, false);
        }
    }

    private static byte[] tile(LogFiles files, Tile tile) {
        try {
            byte[] bytes = files.read(tile);
            if (bytes == null) {
                throw new TileGone(tile);
            }
            return bytes;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private GrowingLog made(LogFiles files, long size) throws ExecutionException, IOException, InterruptedException {
        GrowingLog made = GrowingLog.empty();
        while (made.size() < size) {
            List<Entry> page = page(made.size(), (int) Math.min(PAGE, size - made.size()));
            Map<String, byte[]> written = added(made, page);
            files.write(written);
        }
        return made;
    }

    /** The newest entries under the checkpoint are in the record what they are in the log. */
    private void recordAgrees(LogFiles files, long size) throws ExecutionException, InterruptedException {
        for (long index = Math.max(0, (size - 1) / Tile.FULL - 1); index * Tile.FULL < size; index++) {
            long first = index * Tile.FULL;
            int width = (int) Math.min(Tile.FULL, size - first);
            List<byte[]> sealedOnes = Bundle.entries(tile(files, new Tile(Tile.ENTRIES, index, width)));
            List<Entry> ours = page(first, width);
            for (int i = 0; i < width; i++) {
                if (i >= ours.size()
                        || i >= sealedOnes.size()
                        || !Arrays.equals(CanonicalEntry.of(ours.get(i)).leaf(), sealedOnes.get(i))) {
                    throw new LogBroken(
                            "entry " + (first + i + 1) + " is in the database not what it was when it was sealed");
                }
            }
        }
    }

    /** The checkpoint beside the tiles is the same, or one from before. */
    private static void agrees(LogFiles files, Checkpoint checkpoint, Checkpoint published) {
        if (published.size() > checkpoint.size()) {
            throw new LogBroken(
                    "the log on the object store has " + published.size() + " entries, the database knows of "
                            + checkpoint.size() + ": it was restored from an older copy. Begin a log of another name"
                            + " (FJORD_AUDIT_LOG); the old one stays as it is");
        }
        byte[] then = new Hashes(tile -> tile(files, tile), checkpoint.size()).root(published.size());
        if (!Arrays.equals(then, published.root())) {
            throw new LogBroken("the checkpoint on the object store, of " + published.size()
                    + " entries, is none of this log: it was forked");
        }
    }

    // Going on

    private void follow() throws ExecutionException, IOException, InterruptedException {
        List<Entry> early = new ArrayList<>();
        while (stop.getCount() > 0) {
            List<Entry> next = next(early);
            if (!next.isEmpty()) {
                long began = System.nanoTime();
                if (!seal(next)) {
                    log.atInfo().log("Another sealed the same entries; looking where the log stands");
                    return;
                }
                sealing.record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
            }
        }
    }

    /** The entries that follow; of what was told, or read where that has holes. */
    private List<Entry> next(List<Entry> early) throws ExecutionException, InterruptedException {
        List<Entry> heard = heard(early);
        if (!heard.isEmpty()) {
            return heard;
        }
        if (unread || !early.isEmpty()) {
            List<Entry> page = page(growing.size(), PAGE);
            unread = page.size() == PAGE;
            if (page.isEmpty() && !early.isEmpty()) {
                throw new IllegalStateException("Entries after " + growing.size() + " cannot be seen yet");
            }
            return page;
        }
        List<Entry> some = told.poll(LOOK_SECONDS, TimeUnit.SECONDS);
        if (some == null) {
            unread = true;
        } else {
            waiting.addAndGet(-weight(some));
            early.addAll(some);
        }
        return List.of();
    }

    /** Takes what was told and follows on what is sealed; commits may be told of in another order. */
    private List<Entry> heard(List<Entry> early) {
        for (List<Entry> some; early.size() < MOST_AT_ONCE && (some = told.poll()) != null; ) {
            waiting.addAndGet(-weight(some));
            early.addAll(some);
        }
        early.sort((a, b) -> Long.compare(a.seq(), b.seq()));
        List<Entry> next = new ArrayList<>();
        int at = 0;
        for (; at < early.size(); at++) {
            long expected = growing.size() + next.size() + 1;
            if (early.get(at).seq() == expected) {
                next.add(early.get(at));
            } else if (early.get(at).seq() > expected) {
                break;
            }
        }
        early.subList(0, at).clear();
        return next;
    }

    /** @throws LogBroken if one is missing among them */
    private List<Entry> page(long after, int limit) throws ExecutionException, InterruptedException {
        List<Entry> page = done(entries.written(after, limit));
        for (int i = 0; i < page.size(); i++) {
            if (page.get(i).seq() != after + i + 1) {
                throw new LogBroken("entry " + (after + i + 1) + " is not in the database, and later ones are");
            }
        }
        return page;
    }

    private boolean seal(List<Entry> next) throws ExecutionException, IOException, InterruptedException {
        SealedLog before = java.util.Objects.requireNonNull(sealed);
        Map<String, byte[]> fresh = new LinkedHashMap<>();
        for (Entry entry : next) {
            add(growing, entry, fresh);
        }
        GrowingLog.Grown grown = growing.grown();
        grown.files().forEach((tile, bytes) -> fresh.put(tile.path(), bytes));
        before.files().write(fresh);
        CrashPoint.BETWEEN_TILES_AND_CHECKPOINT.here();
        Checkpoint checkpoint = new Checkpoint(before.checkpoint().origin(), grown.size(), grown.root());
        SignedNote note = before.signer().sign(checkpoint.text());
        if (!done(heads.move(before.checkpoint().size(), checkpoint, note))) {
            return false;
        }
        CrashPoint.BETWEEN_CHECKPOINT_AND_ITS_FILE.here();
        before.files().write(LogSource.CHECKPOINT, note.toString().getBytes(StandardCharsets.UTF_8));
        sealed = new SealedLog(before.signer(), before.files(), checkpoint, note);
        moved.run();
        before.files().delete(grown.superseded().stream().map(Tile::path).toList());
        return true;
    }

    private static Map<String, byte[]> added(GrowingLog log, List<Entry> some) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        some.forEach(entry -> add(log, entry, files));
        log.grown().files().forEach((tile, bytes) -> files.put(tile.path(), bytes));
        return files;
    }

    private static void add(GrowingLog log, Entry entry, Map<String, byte[]> files) {
        CanonicalEntry canonical = CanonicalEntry.of(entry);
        log.add(canonical.leaf());
        byte[] whole = canonical.whole();
        if (whole != null) {
            files.put(LogSource.whole(Ids.sha256(whole)), whole);
        }
    }

    private static <T> T done(Future<T> future) throws ExecutionException, InterruptedException {
        return future.toCompletionStage().toCompletableFuture().get();
    }
}
