package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.Watermark;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.iceberg.io.WriteResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what was read into the table, and how far that is; tells its progress; makes small files one now and then. */
public final class Ledger {

    private static final Logger log = LoggerFactory.getLogger(Ledger.class);
    private static final int COMMITS_BETWEEN_COMPACTIONS = 20;
    private static final int SMALL_FILES = 20;

    private final Order order;
    private final Progress progress;
    private final Commits table;
    private final Compacting compacting;
    private final Supplier<Map<Aside, Long>> aside;
    private Committed committed;
    private long committedAt = System.nanoTime();
    private long commitNanos;
    private int commits;

    /** Makes small files one. */
    interface Compacting {
        void run() throws IOException;
    }

    /** @param aside where what is not written to the table is kept */
    public Ledger(Order order, Progress progress, Opening opening, SetAside aside) {
        this(
                order,
                progress,
                new Commits(opening.target()),
                opening.committed(),
                new Compaction(opening.target().table(), SMALL_FILES)::run,
                aside::ends);
    }

    Ledger(
            Order order,
            Progress progress,
            Commits table,
            Committed committed,
            Compacting compacting,
            Supplier<Map<Aside, Long>> aside) {
        this.order = order;
        this.progress = progress;
        this.table = table;
        this.committed = committed;
        this.compacting = compacting;
        this.aside = aside;
    }

    public Committed committed() {
        return committed;
    }

    /** How long the last commit took. */
    long commitNanos() {
        return commitNanos;
    }

    /**
     * @param counts of all that was read since the last one
     * @param next the next offset of each partition that was read
     * @param batch which of its engine's batches it is, for an engine that may do one again
     * @param lag records that are left
     */
    public void commit(
            List<WriteResult> files, Counts counts, Map<Integer, Long> next, @Nullable String batch, long lag)
            throws Overtaken {
        write(counts, next, batch, lag, then -> table.commit(committed, then, files));
    }

    /** As {@link #commit}, and these files are all that the table has from then on. */
    void replace(List<WriteResult> files, Counts counts, Map<Integer, Long> next, long lag) throws Overtaken {
        write(counts, next, null, lag, then -> table.replace(committed, then, files));
    }

    private interface Writing {
        Committed write(Committed then) throws Overtaken;
    }

    private void write(Counts counts, Map<Integer, Long> next, @Nullable String batch, long lag, Writing writing)
            throws Overtaken {
        CrashPoint.BETWEEN_FILES_AND_COMMIT.here();
        Map<Integer, Long> offsets = new TreeMap<>(committed.offsets());
        offsets.putAll(next);
        Committed then = new Committed(
                order.generation(),
                UUID.randomUUID().toString(),
                offsets,
                committed.rows() + counts.rows(),
                committed.dead() + counts.dead(),
                committed.late() + counts.late(),
                aside.get(),
                watermark(counts.newestMillis()),
                batch,
                0);
        long began = System.nanoTime();
        committed = writing.write(then);
        commits++;
        CrashPoint.AFTER_COMMIT.here();
        long now = System.nanoTime();
        commitNanos = now - began;
        progress.committed(committed, lag);
        progress.pace(
                counts.records() * 1e9 / Math.max(1, now - committedAt),
                counts.firstAt() == 0 ? null : System.currentTimeMillis() - counts.firstAt());
        committedAt = now;
    }

    private @Nullable Long watermark(@Nullable Long newestMillis) {
        Watermark rule = order.spec().watermark();
        Long was = committed.watermarkMillis();
        if (rule == null) {
            return null;
        }
        if (newestMillis == null) {
            return was;
        }
        long now = newestMillis - rule.delaySeconds() * 1000L;
        return was == null ? now : Math.max(was, now);
    }

    /** For when there is nothing to read; that it does not work is no reason not to read on. */
    public void tidy() throws IOException {
        if (commits < COMMITS_BETWEEN_COMPACTIONS) {
            return;
        }
        commits = 0;
        try {
            compacting.run();
        } catch (RuntimeException e) {
            log.atInfo().addKeyValue("subject", order).setCause(e).log("Small files stay for now");
        }
    }
}
