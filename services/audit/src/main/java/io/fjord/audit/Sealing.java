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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps by which entries become leaves of the log, each of which may fail or be the last: tiles, then the checkpoint in the
 * database, then the checkpoint beside the tiles. Who failed opens it anew. Blocks.
 *
 * <p>A checkpoint follows from the entries alone, without a time or anything else by chance: two at once, or one that was killed
 * between any two of its steps and does them again, write the same bytes. Moving the checkpoint forward is where one of two loses.
 */
final class Sealing {

    private static final Logger log = LoggerFactory.getLogger(Sealing.class);

    static final int PAGE = 500;

    /** A checkpoint takes as long for many as for one. */
    static final int MOST_AT_ONCE = 8_192;

    /** Of entries that are read again. */
    private static final long MOST_CHARACTERS_AT_ONCE = 8_000_000;

    /** The record in the database. */
    interface Record {

        /** Entries after a seq, oldest first, as they were written. */
        List<Entry> written(long after, int limit) throws ExecutionException, InterruptedException;

        long last() throws ExecutionException, InterruptedException;
    }

    /** The newest checkpoint as the database has it. */
    interface Heads {

        Optional<SignedNote> newest(String origin) throws ExecutionException, InterruptedException;

        /** @return false if it is not at that size any more; then nothing was changed */
        boolean move(long from, Checkpoint to, SignedNote note) throws ExecutionException, InterruptedException;
    }

    /** Where the log is published. */
    interface Files extends LogSource {

        /** Returns when all are there. */
        void write(Map<String, byte[]> files) throws IOException, InterruptedException;

        void write(String path, byte[] bytes) throws IOException;

        void delete(List<String> paths) throws IOException, InterruptedException;
    }

    /** Who signs checkpoints, always the same way. */
    interface Signer {

        String origin();

        SignedNote sign(String text);

        boolean isOurs(SignedNote note);

        static Signer of(NoteSigner signer) {
            return new Signer() {
                @Override
                public String origin() {
                    return signer.key().name();
                }

                @Override
                public SignedNote sign(String text) {
                    return signer.sign(text);
                }

                @Override
                public boolean isOurs(SignedNote note) {
                    return note.isSignedBy(signer.key());
                }
            };
        }
    }

    /** How far the log is sealed. */
    record Head(Checkpoint checkpoint, SignedNote note) {}

    private final Signer signer;
    private final Record record;
    private final Heads heads;
    private final Files files;

    private GrowingLog growing = GrowingLog.empty();
    private Head head;

    private Sealing(Signer signer, Record record, Heads heads, Files files)
            throws ExecutionException, IOException, InterruptedException {
        this.signer = signer;
        this.record = record;
        this.heads = heads;
        this.files = files;
        this.head = found();
    }

    /** @throws LogBroken if record, tiles and checkpoint tell different stories */
    static Sealing open(Signer signer, Record record, Heads heads, Files files)
            throws ExecutionException, IOException, InterruptedException {
        return new Sealing(signer, record, heads, files);
    }

    Head head() {
        return head;
    }

    /** How many entries are leaves; after a failure more than the head has. */
    long size() {
        return growing.size();
    }

    // Where it stands

    private Head found() throws ExecutionException, IOException, InterruptedException {
        String origin = signer.origin();
        // In this order: what is published was in the database before.
        byte[] stored = files.read(LogSource.CHECKPOINT);
        Optional<SignedNote> head = heads.newest(origin);
        Optional<SignedNote> published = stored == null
                ? Optional.empty()
                : Optional.of(note(new String(stored, StandardCharsets.UTF_8), "object store"));
        if (head.isEmpty()) {
            if (published.isPresent()) {
                throw new LogBroken("the object store holds a log " + origin
                        + " that the database knows nothing of. Restore the database, or begin a log of another name"
                        + " (FJORD_AUDIT_LOG)");
            }
            return begun();
        }
        SignedNote note = note(head.get().toString(), "database");
        Checkpoint checkpoint = Checkpoint.parse(note.text());
        long last = record.last();
        if (last < checkpoint.size()) {
            throw new LogBroken("the log has " + checkpoint.size() + " entries and the record only " + last
                    + ": entries were taken out of the database");
        }
        growing = grown(checkpoint);
        if (published.isPresent()) {
            agrees(checkpoint, Checkpoint.parse(published.get().text()));
        }
        if (published.isEmpty() || !published.get().text().equals(note.text())) {
            publish(note);
        }
        return new Head(checkpoint, note);
    }

    private Head begun() throws ExecutionException, IOException, InterruptedException {
        growing = GrowingLog.empty();
        Checkpoint none = new Checkpoint(signer.origin(), 0, growing.root());
        SignedNote note = signer.sign(none.text());
        heads.move(0, none, note);
        publish(note);
        return new Head(none, note);
    }

    /**
     * Whoever writes it last writes the newest: another may have moved it on since it was decided to write this one.
     *
     * @return whether this one is the newest
     */
    private boolean publish(SignedNote note) throws ExecutionException, IOException, InterruptedException {
        SignedNote written = note;
        while (true) {
            files.write(LogSource.CHECKPOINT, written.toString().getBytes(StandardCharsets.UTF_8));
            SignedNote newest = heads.newest(signer.origin()).orElseThrow();
            if (newest.text().equals(written.text())) {
                return written == note;
            }
            written = newest;
        }
    }

    private SignedNote note(String text, String where) {
        try {
            SignedNote note = SignedNote.parse(text);
            if (signer.isOurs(note)) {
                Checkpoint.parse(note.text());
                return note;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new LogBroken("the checkpoint in the " + where + " is not signed by this log's key");
    }

    /** Of the tiles; of the record, where tiles are gone. */
    private GrowingLog grown(Checkpoint checkpoint) throws ExecutionException, IOException, InterruptedException {
        long size = checkpoint.size();
        GrowingLog there;
        try {
            long begun = size % Tile.FULL;
            there = GrowingLog.load(
                    size,
                    tile -> tile(tile),
                    begun == 0
                            ? List.of()
                            : Bundle.entries(tile(new Tile(Tile.ENTRIES, size / Tile.FULL, (int) begun))));
        } catch (TileGone e) {
            log.atWarn()
                    .addKeyValue("tile", e.getMessage())
                    .log("Tiles of the log are gone; they are made again of the record");
            there = made(size);
        }
        if (!Arrays.equals(there.root(), checkpoint.root())) {
            throw new LogBroken("the tiles of the log do not have the root that was signed at " + size + " entries");
        }
        recordAgrees(size);
        return there;
    }

    private static final class TileGone extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TileGone(Tile tile) {
            super(tile.path(), null, false, false);
        }
    }

    private byte[] tile(Tile tile) {
        try {
            byte[] bytes = files.read(tile);
            if (bytes == null) {
                throw new TileGone(tile);
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private GrowingLog made(long size) throws ExecutionException, IOException, InterruptedException {
        GrowingLog made = GrowingLog.empty();
        while (made.size() < size) {
            List<Entry> page = page(made.size(), (int) Math.min(PAGE, size - made.size()));
            Map<String, byte[]> written = added(made, page);
            files.write(written);
        }
        return made;
    }

    /** The newest entries under the checkpoint are in the record what they are in the log. */
    private void recordAgrees(long size) throws ExecutionException, InterruptedException {
        for (long index = Math.max(0, (size - 1) / Tile.FULL - 1); index * Tile.FULL < size; index++) {
            long first = index * Tile.FULL;
            int width = (int) Math.min(Tile.FULL, size - first);
            List<byte[]> sealedOnes = Bundle.entries(tile(new Tile(Tile.ENTRIES, index, width)));
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
    private void agrees(Checkpoint checkpoint, Checkpoint published) {
        if (published.size() > checkpoint.size()) {
            throw new LogBroken(
                    "the log on the object store has " + published.size() + " entries, the database knows of "
                            + checkpoint.size() + ": it was restored from an older copy. Begin a log of another name"
                            + " (FJORD_AUDIT_LOG); the old one stays as it is");
        }
        byte[] then = new Hashes(tile -> tile(tile), checkpoint.size()).root(published.size());
        if (!Arrays.equals(then, published.root())) {
            throw new LogBroken("the checkpoint on the object store, of " + published.size()
                    + " entries, is none of this log: it was forked");
        }
    }

    // Going on

    /**
     * The next entries, in the record: whole pages of {@link #PAGE} while more follow.
     *
     * @throws LogBroken if one is missing among them
     */
    List<Entry> pages() throws ExecutionException, InterruptedException {
        List<Entry> all = new ArrayList<>();
        List<Entry> page;
        long characters = 0;
        do {
            page = page(growing.size() + all.size(), PAGE);
            all.addAll(page);
            characters +=
                    page.stream().mapToLong(entry -> entry.data().length()).sum();
        } while (page.size() == PAGE && all.size() < MOST_AT_ONCE && characters < MOST_CHARACTERS_AT_ONCE);
        return all;
    }

    private List<Entry> page(long after, int limit) throws ExecutionException, InterruptedException {
        List<Entry> page = record.written(after, limit);
        for (int i = 0; i < page.size(); i++) {
            if (page.get(i).seq() != after + i + 1) {
                throw new LogBroken("entry " + (after + i + 1) + " is not in the database, and later ones are");
            }
        }
        return page;
    }

    /**
     * Seals the entries that follow.
     *
     * @param moved told of them, as they were hashed, when the checkpoint has moved
     * @return false if another was faster: then it has to be opened anew
     */
    boolean seal(List<Entry> next, Consumer<List<CanonicalEntry>> moved)
            throws ExecutionException, IOException, InterruptedException {
        Map<String, byte[]> fresh = new LinkedHashMap<>();
        List<CanonicalEntry> hashed = new ArrayList<>(next.size());
        for (Entry entry : next) {
            hashed.add(add(growing, entry, fresh));
        }
        GrowingLog.Grown grown = growing.grown();
        grown.files().forEach((tile, bytes) -> fresh.put(tile.path(), bytes));
        files.write(fresh);
        CrashPoint.BETWEEN_TILES_AND_CHECKPOINT.here();
        Checkpoint checkpoint = new Checkpoint(signer.origin(), grown.size(), grown.root());
        SignedNote note = signer.sign(checkpoint.text());
        if (!heads.move(head.checkpoint().size(), checkpoint, note)) {
            return false;
        }
        CrashPoint.BETWEEN_CHECKPOINT_AND_ITS_FILE.here();
        boolean newest = publish(note);
        head = new Head(checkpoint, note);
        moved.accept(hashed);
        files.delete(grown.superseded().stream().map(Tile::path).toList());
        return newest;
    }

    private static Map<String, byte[]> added(GrowingLog log, List<Entry> some) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        some.forEach(entry -> add(log, entry, files));
        log.grown().files().forEach((tile, bytes) -> files.put(tile.path(), bytes));
        return files;
    }

    private static CanonicalEntry add(GrowingLog log, Entry entry, Map<String, byte[]> files) {
        CanonicalEntry canonical = CanonicalEntry.of(entry);
        log.add(canonical.leaf());
        byte[] whole = canonical.whole();
        if (whole != null) {
            files.put(LogSource.whole(Ids.sha256(whole)), whole);
        }
        return canonical;
    }
}
