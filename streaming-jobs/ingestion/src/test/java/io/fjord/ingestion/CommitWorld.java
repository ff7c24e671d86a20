package io.fjord.ingestion;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.io.WriteResult;
import org.jspecify.annotations.Nullable;

/**
 * A topic, a table and two places where a pipeline's process runs, one step at a time, whose turn it is being drawn. A step may fail
 * before or after it did what it does, be the last of its process, or be done long after nobody waits for it any more; a later start of
 * the pipeline may find the former still writing. Each snapshot is checked when it is written.
 */
final class CommitWorld {

    /** What a writer could do wrong. */
    enum Bug {
        COMMITS_AGAIN_WHEN_THE_ANSWER_IS_LOST(Fault.Kind.TWICE),
        COMMITS_WITHOUT_A_LOOK_AT_THE_OTHERS(Fault.Kind.TWICE),
        SAYS_TOO_LITTLE_OF_HOW_FAR_IT_IS(Fault.Kind.TWICE),
        SAYS_TOO_MUCH_OF_HOW_FAR_IT_IS(Fault.Kind.MISSING),
        READS_ON_THOUGH_THE_COMMIT_FAILED(Fault.Kind.MISSING),
        KEEPS_ITS_PLACE_THOUGH_ANOTHER_WROTE(Fault.Kind.MISSING),
        DELETES_FILES_WHOSE_FATE_IT_DOES_NOT_KNOW(Fault.Kind.FILE),
        DELETES_FILES_WHENEVER_ANOTHER_WROTE(Fault.Kind.FILE),
        DOES_NOT_WRITE_DOWN_THAT_IT_BEGINS(Fault.Kind.ZOMBIE),
        COUNTS_FROM_NOTHING_WHEN_IT_BEGINS(Fault.Kind.COUNT);

        final Fault.Kind shows;

        Bug(Fault.Kind shows) {
            this.shows = shows;
        }
    }

    record Fault(Kind kind, String what) {
        enum Kind {
            /** A record is in the table more than once. */
            TWICE,
            /** The table says it has a record, and has not. */
            MISSING,
            /** A file of a snapshot is deleted. */
            FILE,
            /** Something of an earlier start was written after a later one had begun. */
            ZOMBIE,
            /** The rows that are told are not those that are there. */
            COUNT,
            /** A writer thinks that it cannot go on. */
            BROKEN,
            /** Nothing fails any more, and it does not come to its end. */
            UNFINISHED
        }
    }

    private static final int PARTITIONS = 2;
    private static final int TURNS = 60;
    private static final int MOST_TURNS = 2_000;

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(run -> {
        Thread thread = new Thread(run, "writer");
        thread.setDaemon(true);
        return thread;
    });

    /** Nobody catches it by mistake. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    private static final class Lost extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Lost(String what) {
            super(what, null, false, false);
        }
    }

    /** What is in a file: the records of a partition between two offsets. */
    private record Range(int partition, long from, long to) {}

    /** @param committed null for one that somebody else wrote */
    private record Written(long id, @Nullable Committed committed) {}

    private final Random random;
    private final @Nullable Bug bug;
    private final List<Fault> faults = new ArrayList<>();
    private final long[] ends = new long[PARTITIONS];
    private final List<Written> snapshots = new ArrayList<>();
    private final Map<String, Range> files = new HashMap<>();
    private final Set<String> inTheTable = new HashSet<>();
    private final Set<String> deleted = new HashSet<>();
    private final long[] covered = new long[PARTITIONS];
    /** Requests nobody waits for any more. */
    private final List<Runnable> onTheirWay = new ArrayList<>();

    private long since;
    private long generation = 1;
    private long begunSince;
    private int names;
    private boolean calm;
    private boolean over;

    CommitWorld(long seed, @Nullable Bug bug) {
        this.random = new Random(seed);
        this.bug = bug;
    }

    List<Fault> faults() {
        List<Writer> writers = List.of(new Writer(), new Writer());
        writers.forEach(writer -> THREADS.execute(writer::run));
        for (int turn = 0; turn < TURNS && faults.isEmpty(); turn++) {
            happen();
            writers.get(random.nextInt(2)).turn(1 + random.nextInt(5));
        }
        calm = true;
        onTheirWay.forEach(Runnable::run);
        onTheirWay.clear();
        writers.forEach(writer -> writer.idle = 0);
        int turns = 0;
        while (faults.isEmpty() && !writers.stream().allMatch(writer -> writer.idle >= 2)) {
            writers.get(turns % 2).turn(3);
            if (++turns > MOST_TURNS) {
                faults.add(new Fault(Fault.Kind.UNFINISHED, "a writer does not come to rest"));
            }
        }
        over = true;
        writers.forEach(writer -> writer.turn(1));
        for (int partition = 0; partition < PARTITIONS && faults.isEmpty(); partition++) {
            if (covered[partition] != ends[partition]) {
                faults.add(new Fault(
                        Fault.Kind.UNFINISHED,
                        "partition " + partition + " is read to " + covered[partition] + " of " + ends[partition]));
            }
        }
        return faults;
    }

    /** What others do meanwhile. */
    private void happen() {
        if (random.nextInt(3) == 0) {
            ends[random.nextInt(PARTITIONS)] += 1 + random.nextInt(20);
        }
        if (random.nextInt(12) == 0) {
            // Small files were made one, say.
            snapshots.add(new Written(snapshots.size() + 1L, null));
        }
        if (random.nextInt(15) == 0) {
            generation++;
        }
        if (!onTheirWay.isEmpty() && random.nextInt(4) == 0) {
            onTheirWay.remove(random.nextInt(onTheirWay.size())).run();
        }
    }

    // The table

    private long current() {
        return snapshots.isEmpty() ? 0 : snapshots.get(snapshots.size() - 1).id();
    }

    private @Nullable Committed newest() {
        for (int i = snapshots.size() - 1; i >= 0; i--) {
            Committed committed = snapshots.get(i).committed();
            if (committed != null) {
                return committed;
            }
        }
        return null;
    }

    /** In one, as the catalog does it. */
    private long add(Committed next, List<WriteResult> results, boolean anchor) {
        Committed before = newest();
        if (next.epoch() < begunSince) {
            fault(Fault.Kind.ZOMBIE, next + " when start " + begunSince + " has begun");
        }
        if (anchor) {
            since = next.epoch();
        }
        long rows = 0;
        for (WriteResult result : results) {
            for (DataFile file : result.dataFiles()) {
                rows += cover(file.location());
            }
        }
        Committed written = next.at(snapshots.size() + 1L);
        if (written.rows() != rows + (before == null ? 0 : before.rows())) {
            fault(Fault.Kind.COUNT, written.rows() + " rows are told");
        }
        for (int partition = 0; partition < PARTITIONS; partition++) {
            long said = written.offsets().getOrDefault(partition, 0L);
            if (said != covered[partition]) {
                fault(
                        said > covered[partition] ? Fault.Kind.MISSING : Fault.Kind.TWICE,
                        "partition " + partition + " is said to be read to " + said + ", the table has "
                                + covered[partition]);
            }
        }
        snapshots.add(new Written(written.snapshot(), written));
        return written.snapshot();
    }

    private long cover(String name) {
        Range range = files.get(name);
        if (deleted.contains(name)) {
            fault(Fault.Kind.FILE, name + " is deleted");
        }
        inTheTable.add(name);
        if (range.from() != covered[range.partition()]) {
            fault(
                    range.from() > covered[range.partition()] ? Fault.Kind.MISSING : Fault.Kind.TWICE,
                    range + " after " + covered[range.partition()]);
        }
        covered[range.partition()] = Math.max(covered[range.partition()], range.to());
        return range.to() - range.from();
    }

    private void fault(Fault.Kind kind, String what) {
        faults.add(new Fault(kind, what));
    }

    // Who writes

    /** One process after the other in the same place, each started for the start of the pipeline that is the last then. */
    private final class Writer implements Snapshots {

        private final Semaphore mine = new Semaphore(0);
        private final Semaphore world = new Semaphore(0);
        private int steps;
        private boolean ended;
        private int idle;
        private long sinceSeen;

        /** Lets it do some steps; returns when they are done. */
        void turn(int count) {
            if (!ended) {
                steps = count;
                mine.release();
                world.acquireUninterruptibly();
            }
        }

        void run() {
            mine.acquireUninterruptibly();
            while (!over) {
                try {
                    process(order(generation));
                } catch (Killed e) {
                    // Another process comes in its place.
                }
            }
            ended = true;
            world.release();
        }

        private Order order(long start) {
            Order any = SetAsideTest.ORDER;
            return new Order(
                    any.id(), any.domain(), any.name(), start, false, any.token(), any.spec(), any.restart(), 1);
        }

        /** What {@link Pipeline} does. */
        private void process(Order order) {
            while (!over) {
                try {
                    session(order);
                } catch (CannotGoOn e) {
                    fault(Fault.Kind.BROKEN, String.valueOf(e.getMessage()));
                    step();
                } catch (Overtaken e) {
                    step();
                    if (e.isForGood()) {
                        return;
                    }
                } catch (Lost e) {
                    step();
                }
            }
        }

        /** What {@link DirectSession} does. */
        private void session(Order order) throws CannotGoOn, Overtaken {
            Commits commits = new Commits(this);
            Committed begun = begun(commits, order);
            Ledger ledger = ledger(order, commits, begun);
            Map<Integer, Long> at = new TreeMap<>(begun.offsets());
            while (!over) {
                List<WriteResult> read = new ArrayList<>();
                Map<Integer, Long> next = new TreeMap<>();
                long rows = 0;
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    long from = at.getOrDefault(partition, 0L);
                    long to = Math.min(ends[partition], from + 1 + random.nextInt(15));
                    if (to > from) {
                        read.add(file(new Range(partition, from, to)));
                        rows += to - from;
                    }
                    next.put(partition, to);
                }
                step();
                if (rows == 0) {
                    idle++;
                    if (idle > 3 && calm) {
                        continue;
                    }
                    step();
                    continue;
                }
                idle = 0;
                at.putAll(next);
                try {
                    ledger.commit(read, new Counts(rows, rows, 0, 0, null, 1), wrong(next), null, 0);
                } catch (Lost e) {
                    if (bug != Bug.READS_ON_THOUGH_THE_COMMIT_FAILED) {
                        throw e;
                    }
                } catch (Overtaken e) {
                    if (e.isForGood() || bug != Bug.KEEPS_ITS_PLACE_THOUGH_ANOTHER_WROTE) {
                        throw e;
                    }
                    ledger = ledger(order, commits, begun(commits, order));
                }
            }
        }

        private Committed begun(Commits commits, Order order) throws CannotGoOn, Overtaken {
            Committed there = bug == Bug.DOES_NOT_WRITE_DOWN_THAT_IT_BEGINS ? newest() : null;
            Committed begun = there == null || there.epoch() > order.generation()
                    ? commits.begin(order, TreeMap::new, Map::of)
                    : there;
            begunSince = Math.max(begunSince, order.generation());
            return begun;
        }

        private Ledger ledger(Order order, Commits commits, Committed begun) {
            return new Ledger(order, new Progress(), commits, begun, () -> {}, Map::of);
        }

        private Committed counted(Committed next, boolean anchor) {
            return anchor && bug == Bug.COUNTS_FROM_NOTHING_WHEN_IT_BEGINS
                    ? new Committed(next.epoch(), next.commit(), next.offsets(), 0, 0, 0, Map.of(), null, null, 0)
                    : next;
        }

        private Map<Integer, Long> wrong(Map<Integer, Long> next) {
            int by = bug == Bug.SAYS_TOO_LITTLE_OF_HOW_FAR_IT_IS
                    ? -1
                    : bug == Bug.SAYS_TOO_MUCH_OF_HOW_FAR_IT_IS ? 1 : 0;
            Map<Integer, Long> said = new TreeMap<>(next);
            said.replaceAll((partition, offset) -> Math.max(0, offset + by));
            return said;
        }

        private WriteResult file(Range range) {
            String name = "file-" + ++names;
            files.put(name, range);
            return WriteResult.builder()
                    .addDataFiles(DataFiles.builder(PartitionSpec.unpartitioned())
                            .withPath(name)
                            .withFormat(FileFormat.PARQUET)
                            .withFileSizeInBytes(1)
                            .withRecordCount(range.to() - range.from())
                            .build())
                    .build();
        }

        // Steps

        private void step() {
            if (--steps <= 0) {
                world.release();
                mine.acquireUninterruptibly();
            }
            if (over || (!calm && random.nextInt(40) == 0)) {
                throw new Killed();
            }
        }

        private void fails(String what) {
            if (!calm && random.nextInt(20) == 0) {
                throw new Lost(what);
            }
        }

        @Override
        public @Nullable Committed newest() {
            step();
            fails("The catalog does not answer");
            sinceSeen = since;
            return CommitWorld.this.newest();
        }

        @Override
        public long writtenSince() {
            return sinceSeen;
        }

        /** As Iceberg's client does it: looks, checks, and asks the catalog to write if nobody has since; again, if somebody has. */
        @Override
        public long write(@Nullable Committed before, Committed told, List<WriteResult> results, Way way) {
            boolean anchor = way == Way.ANCHOR;
            Committed next = counted(told, anchor);
            for (int attempt = 0; attempt < 4; attempt++) {
                step();
                fails("The table cannot be loaded");
                long base = current();
                boolean looks = bug != Bug.COMMITS_WITHOUT_A_LOOK_AT_THE_OTHERS || anchor;
                if (looks && !Commits.isStill(before, CommitWorld.this.newest())) {
                    throw new Lost("Refused: not as it was");
                }
                step();
                if (!calm && random.nextInt(15) == 0) {
                    // Nobody waits for it any more, and it is done all the same, at some time.
                    onTheirWay.add(() -> {
                        if (current() == base) {
                            add(next, results, anchor);
                        }
                    });
                    throw unknown(results);
                }
                if (current() != base) {
                    continue;
                }
                long id = add(next, results, anchor);
                boolean answerLost = !calm && random.nextInt(10) == 0;
                if (!answerLost) {
                    return id;
                }
                if (bug == Bug.COMMITS_AGAIN_WHEN_THE_ANSWER_IS_LOST && !anchor) {
                    return add(next, results, false);
                }
                throw unknown(results);
            }
            throw new Lost("Others write too often");
        }

        @Override
        public boolean mayHave(Committed before, Committed next) {
            return bug != Bug.DELETES_FILES_WHENEVER_ANOTHER_WROTE
                    && snapshots.stream()
                            .map(Written::committed)
                            .anyMatch(one -> one != null && one.commit().equals(next.commit()));
        }

        private Lost unknown(List<WriteResult> results) {
            if (bug == Bug.DELETES_FILES_WHOSE_FATE_IT_DOES_NOT_KNOW) {
                results.forEach(this::forget);
            }
            return new Lost("There was no answer");
        }

        @Override
        public void forget(WriteResult result) {
            for (DataFile file : result.dataFiles()) {
                if (inTheTable.contains(file.location())) {
                    fault(Fault.Kind.FILE, file.location() + " is deleted, and a snapshot has it");
                }
                deleted.add(file.location());
            }
        }
    }
}
