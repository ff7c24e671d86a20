package io.fjord.audit;

import io.fjord.audit.log.Checkpoint;
import io.fjord.audit.log.NoteSigner;
import io.fjord.audit.log.SignedNote;
import io.fjord.kernel.Ids;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Vault;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes entries the leaves of a Merkle log (RFC 6962) in the order of their seq, as they are recorded, on a thread of its own. */
final class LogSealer {

    private static final Logger log = LoggerFactory.getLogger(LogSealer.class);

    /** In characters. What is told of more than this is read when its turn comes. */
    private static final int MOST_WAITING = 16_000_000;

    /** In characters. Who can wait lets it catch up when so much waits: reading it again would take longer than sealing it. */
    private static final int ENOUGH_WAITING = MOST_WAITING / 2;

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
    private volatile Consumer<List<CanonicalEntry>> moved = entries -> {};
    private volatile boolean following;

    // On its thread
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

    /** Told each time the checkpoint has moved, on any thread: with what was sealed, if that is known. */
    void whenMoved(Consumer<List<CanonicalEntry>> told) {
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

    /**
     * Returns when little enough waits to be sealed, or sealing is held up: the record goes on whatever becomes of it. Blocks.
     *
     * @param patience how long at most
     */
    void awaitRoom(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (waiting) {
            while (following && waiting.get() > ENOUGH_WAITING) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    return;
                }
                waiting.wait(left);
            }
        }
    }

    private void taken(List<Entry> some) {
        waiting.addAndGet(-weight(some));
        synchronized (waiting) {
            waiting.notifyAll();
        }
    }

    private void isFollowing(boolean now) {
        following = now;
        synchronized (waiting) {
            waiting.notifyAll();
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
                    Sealing opened = open();
                    broken = null;
                    moved.accept(List.of());
                    isFollowing(true);
                    follow(opened);
                } catch (LogBroken e) {
                    broken = e.getMessage();
                    log.atError().log("The log of the audit is not sealed any further: " + e.getMessage());
                    pause = 30;
                } catch (ExecutionException | IOException | RuntimeException e) {
                    log.atWarn().setCause(e).log("Sealing the log waits; trying again");
                } finally {
                    isFollowing(false);
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

    private Sealing open() throws ExecutionException, IOException, InterruptedException {
        byte[] kept = key();
        String id = Ids.sha256(NoteSigner.publicKey(kept).getEncoded()).substring(0, 16);
        NoteSigner signer = NoteSigner.of(store.name() + "/" + id, kept);
        if (files == null) {
            files = new LogFiles(store, id);
        }
        Sealing opened = Sealing.open(Sealing.Signer.of(signer), record(), heads(), files);
        show(signer, opened.head());
        log.atInfo()
                .addKeyValue("origin", signer.key().name())
                .addKeyValue("entries", opened.head().checkpoint().size())
                .log("The log of the audit goes on");
        return opened;
    }

    private void show(NoteSigner signer, Sealing.Head head) {
        sealed = new SealedLog(signer, Objects.requireNonNull(files), head.checkpoint(), head.note());
    }

    /** The one in the vault, which is made at the first start. */
    private byte[] key() throws ExecutionException, InterruptedException {
        String ref = Ids.of("audit log key", store.name());
        done(vault.putIfAbsent(ref, NoteSigner.newKey())
                .compose(ok -> database.transaction(tx -> vault.markReferenced(tx, ref))));
        return done(vault.get(ref));
    }

    private Sealing.Record record() {
        return new Sealing.Record() {
            @Override
            public List<Entry> written(long after, int limit) throws ExecutionException, InterruptedException {
                return done(entries.written(after, limit));
            }

            @Override
            public long last() throws ExecutionException, InterruptedException {
                return done(entries.last());
            }
        };
    }

    private Sealing.Heads heads() {
        return new Sealing.Heads() {
            @Override
            public Optional<SignedNote> newest(String origin) throws ExecutionException, InterruptedException {
                return done(heads.newest(origin));
            }

            @Override
            public boolean move(long from, Checkpoint to, SignedNote note)
                    throws ExecutionException, InterruptedException {
                return done(heads.move(from, to, note));
            }
        };
    }

    // Going on

    private void follow(Sealing sealing) throws ExecutionException, IOException, InterruptedException {
        Following following = new Following();
        while (stop.getCount() > 0) {
            hear(following);
            List<Entry> next = following.next(sealing);
            if (!next.isEmpty()) {
                long began = System.nanoTime();
                NoteSigner signer = Objects.requireNonNull(sealed).signer();
                boolean ours = sealing.seal(next, hashed -> {
                    show(signer, sealing.head());
                    moved.accept(hashed);
                });
                if (!ours) {
                    log.atInfo().log("Another sealed the same entries; looking where the log stands");
                    return;
                }
                this.sealing.record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
            } else if (following.isIdle()) {
                List<Entry> some = told.poll(LOOK_SECONDS, TimeUnit.SECONDS);
                if (some == null) {
                    following.look();
                } else {
                    taken(some);
                    following.hear(some);
                }
            }
        }
    }

    private void hear(Following following) {
        for (List<Entry> some; following.waiting() < Sealing.MOST_AT_ONCE && (some = told.poll()) != null; ) {
            taken(some);
            following.hear(some);
        }
    }

    private static <T> T done(Future<T> future) throws ExecutionException, InterruptedException {
        return future.toCompletionStage().toCompletableFuture().get();
    }
}
