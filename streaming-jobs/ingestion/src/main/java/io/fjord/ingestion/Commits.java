package io.fjord.ingestion;

import io.fjord.ingestion.Snapshots.Way;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.iceberg.io.WriteResult;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline writes into its table, step by step: first where it begins, then what it has read together with how far that is.
 * Each is taken only if nothing of the pipeline was written since it was last looked at, so of two that write, one is overtaken.
 */
final class Commits {

    private final Snapshots table;

    Commits(Snapshots table) {
        this.table = table;
    }

    /** Where to begin when the table does not say it. */
    interface Beginning {
        Map<Integer, Long> offsets() throws CannotGoOn;
    }

    /**
     * Where the pipeline goes on: written down before it reads, whatever happens then, it began there.
     *
     * @param aside how far the topics are of what is not written to the table
     */
    Committed begin(Order order, Beginning beginning, Supplier<Map<Aside, Long>> aside) throws CannotGoOn, Overtaken {
        Committed newest = table.newest();
        if (newest != null && newest.epoch() > order.generation()) {
            throw new Overtaken(true);
        }
        Committed last = newest != null && newest.epoch() >= order.restartGeneration() ? newest : null;
        if (last != null && last.epoch() == order.generation()) {
            return last;
        }
        if (newest == null && table.writtenSince() >= order.restartGeneration()) {
            throw new CannotGoOn(
                    "The table does not know any more how far the pipeline was: it was rolled back to before it, or"
                            + " its snapshots have expired. Restart the pipeline from a position.");
        }
        // Also where it goes on: from here on one of an earlier start writes nothing any more.
        Committed begin = new Committed(
                order.generation(),
                UUID.randomUUID().toString(),
                last == null ? beginning.offsets() : last.offsets(),
                newest == null ? 0 : newest.rows(),
                newest == null ? 0 : newest.dead(),
                newest == null ? 0 : newest.late(),
                last == null || last.aside().isEmpty() ? aside.get() : last.aside(),
                last == null ? null : last.watermarkMillis(),
                last == null ? null : last.batch(),
                0);
        Committed begun = written(newest, begin, List.of(), Way.ANCHOR);
        CrashPoint.AFTER_ANCHOR.here();
        return begun;
    }

    /** Writes what was read, and how far, in one; files of what is surely not taken are deleted. */
    Committed commit(Committed before, Committed next, List<WriteResult> files) throws Overtaken {
        return commit(before, next, files, Way.ADD);
    }

    /** As {@link #commit}, and these rows are all that the table has from then on. */
    Committed replace(Committed before, Committed next, List<WriteResult> files) throws Overtaken {
        return commit(before, next, files, Way.REPLACE);
    }

    private Committed commit(Committed before, Committed next, List<WriteResult> files, Way way) throws Overtaken {
        try {
            return written(before, next, files, way);
        } catch (Overtaken e) {
            // Also by one who wrote on top of it, before it was known here that it was taken.
            if (!table.mayHave(before, next)) {
                files.forEach(table::forget);
            }
            throw e;
        }
    }

    /** A commit whose answer is lost may have been taken: the table is asked. */
    private Committed written(@Nullable Committed before, Committed next, List<WriteResult> files, Way way)
            throws Overtaken {
        try {
            return next.at(table.write(before, next, files, way));
        } catch (RuntimeException failure) {
            Committed now = table.newest();
            if (now == null || !now.commit().equals(next.commit())) {
                if (!isStill(before, now)) {
                    throw new Overtaken(now != null && now.epoch() > next.epoch());
                }
                throw failure;
            }
            return now;
        }
    }

    /** Whether nothing of the pipeline was written since. */
    static boolean isStill(@Nullable Committed before, @Nullable Committed now) {
        return before == null
                ? now == null
                : now != null && before.commit().equals(now.commit()) && before.epoch() == now.epoch();
    }
}
