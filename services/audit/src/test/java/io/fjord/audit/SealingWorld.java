package io.fjord.audit;

import io.fjord.audit.log.Checkpoint;
import io.fjord.audit.log.LogSource;
import io.fjord.audit.log.LogVerifier;
import io.fjord.audit.log.NoteSigner;
import io.fjord.audit.log.SignedNote;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A record, an object store and two sealers that do one step at a time, whose turn it is being drawn; any step may fail before or after
 * it did what it does, or be the sealer's last. What anybody could have read is checked each time it changes.
 */
final class SealingWorld {

    /** What a sealer could do wrong. */
    enum Bug {
        AN_ENTRY_LESS(Fault.Kind.ROOT),
        AN_ENTRY_TWICE(Fault.Kind.ROOT),
        TWO_IN_EACH_OTHERS_PLACE(Fault.Kind.ROOT),
        A_BIT_OF_AN_ENTRY(Fault.Kind.ROOT),
        A_BIT_OF_A_TILE(Fault.Kind.TILE),
        A_TILE_NOT_WRITTEN(Fault.Kind.TILE),
        TILES_AFTER_THE_CHECKPOINT(Fault.Kind.TILE),
        A_FULL_TILE_DELETED(Fault.Kind.TILE),
        A_CHECKPOINT_THAT_ANOTHER_MOVED(Fault.Kind.BACKWARDS),
        A_CHECKPOINT_WITH_THE_TIME(Fault.Kind.FORK),
        AN_OLD_CHECKPOINT_PUBLISHED_LAST(Fault.Kind.UNFINISHED);

        final Fault.Kind shows;

        Bug(Fault.Kind shows) {
            this.shows = shows;
        }
    }

    record Fault(Kind kind, String what) {
        enum Kind {
            /** A checkpoint is not of the entries in their order. */
            ROOT,
            /** Two checkpoints of one size differ. */
            FORK,
            /** A checkpoint was told of before what it covers could be read as it should be. */
            TILE,
            /** The log got shorter. */
            BACKWARDS,
            /** Nothing fails any more, and it does not come to its end. */
            UNFINISHED,
            /** A sealer thinks that the log is broken. */
            BROKEN
        }
    }

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(run -> {
        Thread thread = new Thread(run, "sealer");
        thread.setDaemon(true);
        return thread;
    });
    private static final NoteSigner SIGNER = NoteSigner.of("fjord.test/audit", NoteSigner.newKey());
    /** All worlds have the same entries, so there are few checkpoints, and signing them takes longest. */
    private static final Map<String, SignedNote> SIGNED = new ConcurrentHashMap<>();

    private static final Sealing.Signer CACHED = new Sealing.Signer() {
        @Override
        public String origin() {
            return SIGNER.key().name();
        }

        @Override
        public SignedNote sign(String text) {
            return SIGNED.computeIfAbsent(text, SIGNER::sign);
        }

        @Override
        public boolean isOurs(SignedNote note) {
            SignedNote ours = SIGNED.get(note.text());
            return ours != null && ours.toString().equals(note.toString());
        }
    };
    private static final int STEPS = 90;
    private static final int MOST_STEPS = 3_000;

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    private final Random random;
    private final @Nullable Bug bug;
    private final List<Fault> faults = new ArrayList<>();
    private final Map<String, byte[]> files = new HashMap<>();
    private final Map<Long, String> told = new TreeMap<>();
    private @Nullable SignedNote head;
    private long recorded;
    private boolean calm;
    private boolean over;

    SealingWorld(long seed, @Nullable Bug bug) {
        this.random = new Random(seed);
        this.bug = bug;
    }

    List<Fault> faults() {
        List<Sealer> sealers = List.of(new Sealer(), new Sealer());
        sealers.forEach(sealer -> THREADS.execute(sealer::run));
        // Most interesting is where a tile gets full.
        record(List.of(0, 0, 250, 254, 255, 256, 505).get(random.nextInt(7)), sealers);
        for (int step = 0; step < STEPS && faults.isEmpty(); step++) {
            if (random.nextInt(8) == 0) {
                record(1 + random.nextInt(random.nextInt(10) == 0 ? 300 : 4), sealers);
            }
            sealers.get(random.nextInt(2)).turn();
        }
        calm = true;
        int steps = 0;
        while (faults.isEmpty() && !sealers.stream().allMatch(sealer -> sealer.idle >= 3)) {
            sealers.get(steps % 2).turn();
            if (++steps > MOST_STEPS) {
                faults.add(new Fault(Fault.Kind.UNFINISHED, "a sealer does not come to rest"));
            }
        }
        over = true;
        sealers.forEach(Sealer::turn);
        if (faults.isEmpty()) {
            finished();
        }
        return faults;
    }

    private void record(int count, List<Sealer> sealers) {
        List<Entry> fresh = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fresh.add(entry(++recorded));
        }
        for (Sealer sealer : sealers) {
            sealer.idle = 0;
            // Of two in a process one commits first and tells later; of the other's entries a sealer hears nothing.
            if (random.nextInt(3) > 0) {
                List<Entry> heard = new ArrayList<>(fresh);
                if (random.nextInt(3) == 0) {
                    Collections.shuffle(heard, random);
                }
                int at = heard.isEmpty() ? 0 : random.nextInt(heard.size());
                sealer.heard.add(heard.subList(0, at));
                sealer.heard.add(heard.subList(at, heard.size()));
            }
        }
    }

    private void finished() {
        if (head == null || Checkpoint.parse(head.text()).size() != recorded) {
            faults.add(new Fault(Fault.Kind.UNFINISHED, "not all " + recorded + " entries are sealed"));
            return;
        }
        byte[] published = files.get(LogSource.CHECKPOINT);
        if (published == null || !new String(published, StandardCharsets.UTF_8).equals(head.toString())) {
            faults.add(new Fault(Fault.Kind.UNFINISHED, "what is published is not the newest checkpoint"));
            return;
        }
        try {
            new LogVerifier(files::get, SIGNER.key())
                    .verify()
                    .findings()
                    .forEach(finding -> faults.add(new Fault(Fault.Kind.TILE, finding.toString())));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    // What is told

    /** Anybody may read this from now on, wherever they got it. */
    private void tell(SignedNote note) {
        Checkpoint checkpoint = Checkpoint.parse(note.text());
        String before = told.putIfAbsent(checkpoint.size(), note.text());
        if (before != null && !before.equals(note.text())) {
            faults.add(new Fault(Fault.Kind.FORK, "two checkpoints of " + checkpoint.size() + " entries"));
        }
        if (!Arrays.equals(checkpoint.root(), Reference.root(checkpoint.size()))) {
            faults.add(new Fault(Fault.Kind.ROOT, "a root that is not of the first " + checkpoint.size() + " entries"));
        }
        for (long index = Math.max(0, (checkpoint.size() - 1) / 256 - 1); index * 256 < checkpoint.size(); index++) {
            int width = (int) Math.min(256, checkpoint.size() - index * 256);
            read("tile/entries/", index, width, Reference.bundle(index, width));
            read("tile/0/", index, width, Reference.hashes(index, width));
        }
    }

    /** The full one is as good. */
    private void read(String level, long index, int width, byte[] expected) {
        String full = level + String.format("%03d", index);
        byte[] there = width == 256 ? null : files.get(full + ".p/" + width);
        byte[] whole = files.get(full);
        byte[] begins = whole == null || whole.length < expected.length ? null : Arrays.copyOf(whole, expected.length);
        if (!Arrays.equals(there == null ? begins : there, expected)) {
            faults.add(
                    new Fault(Fault.Kind.TILE, full + " of " + width + " is not there, or wrong, when it is needed"));
        }
    }

    private static Entry entry(long seq) {
        return new Entry(
                seq,
                Entry.EVENT,
                "core",
                "fjord.core.cluster.ClusterResized.v1",
                "default/cluster/c",
                "default",
                "user:ada",
                Instant.EPOCH.plusSeconds(seq),
                "c-" + seq,
                null,
                null,
                null,
                null,
                null,
                "{\"size\":" + seq + "}");
    }

    /** The log as RFC 6962 says it, made again without any of our code but that of one entry; all worlds have the same entries. */
    private static final class Reference {

        private static final List<byte[]> ENTRIES = new ArrayList<>();
        private static final List<byte[]> HASHES = new ArrayList<>();
        private static final Map<Long, byte[]> ROOTS = new HashMap<>();

        private static byte[] sha256(byte[]... parts) {
            try {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                for (byte[] part : parts) {
                    digest.update(part);
                }
                return digest.digest();
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        }

        private static synchronized void reach(long size) {
            for (long seq = ENTRIES.size() + 1L; seq <= size; seq++) {
                byte[] leaf = CanonicalEntry.of(entry(seq)).leaf();
                ENTRIES.add(leaf);
                HASHES.add(sha256(new byte[] {0}, leaf));
            }
        }

        static synchronized byte[] root(long size) {
            reach(size);
            return ROOTS.computeIfAbsent(size, key -> size == 0 ? sha256() : root(0, (int) size));
        }

        private static byte[] root(int from, int to) {
            if (to - from == 1) {
                return HASHES.get(from);
            }
            int middle = from + Integer.highestOneBit(to - from - 1);
            return sha256(new byte[] {1}, root(from, middle), root(middle, to));
        }

        static synchronized byte[] hashes(long index, int width) {
            reach(index * 256 + width);
            byte[] all = new byte[width * 32];
            for (int i = 0; i < width; i++) {
                System.arraycopy(HASHES.get((int) index * 256 + i), 0, all, i * 32, 32);
            }
            return all;
        }

        static synchronized byte[] bundle(long index, int width) {
            reach(index * 256 + width);
            java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
            for (int i = 0; i < width; i++) {
                byte[] entry = ENTRIES.get((int) index * 256 + i);
                all.write(entry.length >> 8);
                all.write(entry.length);
                all.writeBytes(entry);
            }
            return all.toByteArray();
        }
    }

    // Who seals

    /** One process after the other in the same place. */
    private final class Sealer implements Sealing.Record, Sealing.Heads, Sealing.Files {

        final List<List<Entry>> heard = Collections.synchronizedList(new ArrayList<>());
        private final Semaphore mine = new Semaphore(0);
        private final Semaphore world = new Semaphore(0);
        private final Map<String, byte[]> late = new HashMap<>();
        private @Nullable SignedNote moved;
        private volatile boolean ended;
        private volatile int idle;

        /** Lets it do its next step; returns when that is done. */
        void turn() {
            if (!ended) {
                mine.release();
                world.acquireUninterruptibly();
            }
        }

        void run() {
            mine.acquireUninterruptibly();
            while (!over) {
                try {
                    live();
                } catch (Killed e) {
                    heard.clear();
                    late.clear();
                } catch (LogBroken e) {
                    if (bug == null) {
                        faults.add(new Fault(Fault.Kind.BROKEN, String.valueOf(e.getMessage())));
                    }
                } catch (ExecutionException | IOException | RuntimeException e) {
                    // Opened anew, as LogSealer does.
                    heard.clear();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            ended = true;
            world.release();
        }

        /** What {@link LogSealer} does. */
        private void live() throws ExecutionException, IOException, InterruptedException {
            idle = 0;
            Sealing sealing = Sealing.open(CACHED, this, this, this);
            Following following = new Following();
            while (!over) {
                while (!heard.isEmpty()) {
                    following.hear(heard.remove(0));
                }
                List<Entry> next = following.next(sealing);
                if (!next.isEmpty()) {
                    idle = 0;
                    if (!sealing.seal(wrong(next), hashed -> {})) {
                        return;
                    }
                } else if (following.isIdle()) {
                    step();
                    following.look();
                    idle++;
                }
            }
        }

        private List<Entry> wrong(List<Entry> next) {
            if (bug == null || next.size() < 2 || random.nextInt(4) > 0) {
                return next;
            }
            List<Entry> other = new ArrayList<>(next);
            int at = random.nextInt(next.size() - 1);
            switch (bug) {
                case AN_ENTRY_LESS -> other.remove(at);
                case AN_ENTRY_TWICE -> other.add(at, other.get(at));
                case TWO_IN_EACH_OTHERS_PLACE -> Collections.swap(other, at, at + 1);
                case A_BIT_OF_AN_ENTRY ->
                    other.set(
                            at,
                            entry(other.get(at).seq() + 1).withSeq(other.get(at).seq()));
                default -> {
                    return next;
                }
            }
            return other;
        }

        // Steps

        private void step() {
            world.release();
            mine.acquireUninterruptibly();
            if (over || (!calm && random.nextInt(40) == 0)) {
                throw new Killed();
            }
        }

        private boolean fails() {
            return !calm && random.nextInt(30) == 0;
        }

        private void database() throws ExecutionException {
            if (fails()) {
                throw new ExecutionException(new IOException("the connection is gone"));
            }
        }

        private void store() throws IOException {
            if (fails()) {
                throw new IOException("the store does not answer");
            }
        }

        @Override
        public List<Entry> written(long after, int limit) throws ExecutionException {
            step();
            database();
            List<Entry> page = new ArrayList<>();
            for (long seq = after + 1; seq <= recorded && page.size() < limit; seq++) {
                page.add(entry(seq));
            }
            return page;
        }

        @Override
        public long last() throws ExecutionException {
            step();
            database();
            return recorded;
        }

        @Override
        public Optional<SignedNote> newest(String origin) throws ExecutionException {
            if (bug == Bug.AN_OLD_CHECKPOINT_PUBLISHED_LAST && moved != null) {
                return Optional.of(moved);
            }
            step();
            database();
            return Optional.ofNullable(head);
        }

        @Override
        public boolean move(long from, Checkpoint to, SignedNote note) throws ExecutionException {
            step();
            database();
            long now = head == null ? 0 : Checkpoint.parse(head.text()).size();
            if (now != from && bug != Bug.A_CHECKPOINT_THAT_ANOTHER_MOVED) {
                return false;
            }
            if (to.size() < now) {
                faults.add(new Fault(Fault.Kind.BACKWARDS, "from " + now + " entries to " + to.size()));
            }
            head = bug == Bug.A_CHECKPOINT_WITH_THE_TIME ? CACHED.sign(note.text() + random.nextInt() + "\n") : note;
            moved = note;
            tell(head);
            step();
            database();
            return true;
        }

        @Override
        public byte @Nullable [] read(String path) throws IOException {
            step();
            store();
            return files.get(path);
        }

        @Override
        public void write(Map<String, byte[]> all) throws IOException {
            if (bug == Bug.TILES_AFTER_THE_CHECKPOINT) {
                late.putAll(all);
                return;
            }
            // Several at once: they come in any order, and some may not.
            List<String> paths = new ArrayList<>(all.keySet());
            Collections.shuffle(paths, random);
            for (String path : paths) {
                byte[] bytes = all.get(path);
                if (bug == Bug.A_BIT_OF_A_TILE && random.nextInt(20) == 0) {
                    bytes = bytes.clone();
                    bytes[random.nextInt(bytes.length)] ^= 4;
                }
                if (bug != Bug.A_TILE_NOT_WRITTEN || random.nextInt(20) > 0) {
                    put(path, bytes);
                }
            }
        }

        @Override
        public void write(String path, byte[] bytes) throws IOException {
            put(path, bytes);
            if (path.equals(LogSource.CHECKPOINT)) {
                tell(SignedNote.parse(new String(bytes, StandardCharsets.UTF_8)));
                files.putAll(late);
            }
        }

        private void put(String path, byte[] bytes) throws IOException {
            step();
            store();
            files.put(path, bytes);
            store();
        }

        @Override
        public void delete(List<String> paths) throws IOException {
            for (String path : paths) {
                step();
                store();
                files.remove(path);
                if (bug == Bug.A_FULL_TILE_DELETED) {
                    files.remove(path.replaceFirst("\\.p/.*", ""));
                }
            }
        }
    }
}
