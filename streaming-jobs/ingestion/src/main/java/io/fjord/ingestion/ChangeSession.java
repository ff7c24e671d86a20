package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import io.fjord.ingestion.capture.Capture;
import io.fjord.ingestion.capture.Mark;
import io.fjord.ingestion.capture.SourceColumn;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.apache.iceberg.io.WriteResult;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipeline from a table of somebody's database: one thread keeps the table of the catalog as the changes on the topic say, which a
 * capture brings there. What is read as a whole takes the place of all rows in one commit, so rows that are gone go with it.
 */
final class ChangeSession implements Session {

    private static final Logger log = LoggerFactory.getLogger(ChangeSession.class);
    private static final long SHORTEST_CYCLE_NANOS = Duration.ofMillis(200).toNanos();
    private static final Duration LONGEST_WAIT = Duration.ofMillis(100);

    /** What is read on and writes nothing is written down so often, that it is not read from where nothing is kept any more. */
    private static final long IDLE_COMMIT_NANOS = Duration.ofHours(1).toNanos();

    private final Order order;
    private final Progress progress;
    private final TargetTable target;
    private final SetAside aside;
    private final Ledger ledger;
    private final Capture capture;
    private final Consumer<byte[], byte[]> consumer;
    private final TopicPartition partition;

    /** What was written of a table that is read as a whole; null while it is not. */
    private @Nullable List<Slice> whole;

    private Sieve sieve;
    private Intake intake;
    private boolean wholeEnds;
    private long committedAt = System.nanoTime();

    /** What becomes of a record. */
    private enum Step {
        NEXT,
        /** The cycle ends, and the next begins with it. */
        ENDS_BEFORE,
        ENDS_AFTER
    }

    private ChangeSession(
            Order order, Progress progress, Settings settings, Capture capture, Opening opening, SetAside aside)
            throws CannotGoOn {
        this.order = order;
        this.progress = progress;
        this.capture = capture;
        this.target = opening.target();
        this.aside = aside;
        this.ledger = new Ledger(order, progress, opening, aside);
        this.partition = new TopicPartition(order.topic(), 0);
        this.sieve = new Sieve(order, target.table().schema(), aside);
        this.intake = new Intake(order, target.table(), sieve.from(null), 0);
        this.consumer = SourceTopic.consumer(settings);
        consumer.assign(List.of(partition));
        consumer.seek(
                partition, Objects.requireNonNull(ledger.committed().offsets().get(0)));
    }

    static Capture.Wanted wanted(Order order, DatabaseSource database, boolean anew) {
        return new Capture.Wanted(
                order.id(),
                database,
                Objects.requireNonNull(order.password()),
                order.topic(),
                order.restartGeneration(),
                anew);
    }

    static @Nullable Session open(Settings settings, Order order, Progress progress, DatabaseSource database)
            throws CannotGoOn, Overtaken, IOException, InterruptedException {
        Capture capture = Capture.prepare(settings, wanted(order, database, isNew(settings, order)));
        try {
            if (capture.reread() != null) {
                progress.reread(capture.reread());
            }
            Order keyed = order.of(
                    capture.key(), new PipelinePosition(null, Map.of(0, Math.max(0, capture.begin())), null, null));
            Opening opening = Opening.of(settings, keyed, progress, (topic, partitions) -> types(capture.columns()));
            if (opening == null) {
                capture.close();
                return null;
            }
            SetAside aside = null;
            try {
                aside = new SetAside(settings, keyed, opening.committed());
                ChangeSession session = new ChangeSession(keyed, progress, settings, capture, opening, aside);
                capture.start();
                log.atInfo().addKeyValue("subject", keyed).log("A pipeline follows a database");
                return session;
            } catch (CannotGoOn | InterruptedException | RuntimeException e) {
                if (aside != null) {
                    aside.close();
                }
                opening.target().close();
                throw e;
            }
        } catch (CannotGoOn | Overtaken | IOException | InterruptedException | RuntimeException e) {
            capture.close();
            throw e;
        }
    }

    /** Whether the table has nothing of this pipeline since it was last told to begin. */
    private static boolean isNew(Settings settings, Order order) throws CannotGoOn, IOException {
        try (TargetTable target = TargetTable.open(settings, order, null)) {
            if (target == null) {
                return true;
            }
            Committed newest = target.newest();
            if (newest == null && target.writtenSince() == 0 && target.hasRows()) {
                throw new CannotGoOn("The table has rows already. A copy of a database's table needs one of its own:"
                        + " name another, or drop this one.");
            }
            return newest == null || newest.epoch() < order.restartGeneration();
        }
    }

    private static Map<String, Type> types(List<SourceColumn> columns) {
        Map<String, Type> types = new LinkedHashMap<>();
        columns.forEach(column -> types.put(column.name(), Types.fromPrimitiveString(column.type())));
        return types;
    }

    @Override
    public void cycle(BooleanSupplier stopped) throws CannotGoOn, Overtaken, IOException, InterruptedException {
        capture.check();
        long until = System.nanoTime()
                + Math.max(
                        SHORTEST_CYCLE_NANOS,
                        Duration.ofSeconds(order.spec().freshnessSeconds()).toNanos() / 2 - ledger.commitNanos());
        boolean ends = false;
        while (!ends && !stopped.getAsBoolean() && (whole != null || !intake.isEnough())) {
            long left = until - System.nanoTime();
            if (left <= 0) {
                break;
            }
            ends = read(Duration.ofNanos(Math.min(left, LONGEST_WAIT.toNanos())));
        }
        commit();
    }

    private boolean read(Duration wait) throws CannotGoOn, IOException {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
            Step step = take(record);
            if (step != Step.NEXT) {
                consumer.seek(partition, step == Step.ENDS_BEFORE ? record.offset() : record.offset() + 1);
                return true;
            }
        }
        return false;
    }

    private Step take(ConsumerRecord<byte[], byte[]> record) throws CannotGoOn, IOException {
        Mark mark = Mark.of(record);
        boolean dirty = whole == null && sieve.counts().records() > 0;
        if (mark == null) {
            return intake.take(record) ? Step.NEXT : dirty ? Step.ENDS_BEFORE : takeWithColumns(record);
        }
        return switch (mark.kind()) {
            case BEGIN -> {
                if (dirty) {
                    yield Step.ENDS_BEFORE;
                }
                beginWhole();
                yield Step.NEXT;
            }
            case TRUNCATED -> {
                if (dirty) {
                    yield Step.ENDS_BEFORE;
                }
                beginWhole();
                wholeEnds = true;
                yield Step.ENDS_AFTER;
            }
            case END -> {
                wholeEnds = whole != null;
                yield Step.ENDS_AFTER;
            }
            case COLUMNS -> columns(types(Objects.requireNonNullElse(mark.columns(), List.of())), dirty);
            case POSITION, GAP -> Step.NEXT;
        };
    }

    private void beginWhole() throws CannotGoOn, IOException {
        forgetWhole();
        whole = new ArrayList<>();
        takeIn();
    }

    /** What is written from here on has the table's columns as they are now. */
    private void takeIn() throws CannotGoOn, IOException {
        intake.close();
        sieve = new Sieve(order, target.table().schema(), aside);
        intake = new Intake(order, target.table(), sieve.from(null), 0, whole == null);
    }

    /** A column that somebody took from the table comes back. */
    private Step takeWithColumns(ConsumerRecord<byte[], byte[]> record) throws CannotGoOn, IOException {
        Step unused = columns(types(capture.columns()), false);
        if (!intake.take(record)) {
            throw new CannotGoOn(
                    "The table lacks columns that the source's table has. Add them, then start the pipeline.");
        }
        return Step.NEXT;
    }

    private Step columns(Map<String, Type> columns, boolean dirty) throws CannotGoOn, IOException {
        Map<String, Type> differing = target.differing(columns);
        if (differing.isEmpty()) {
            return Step.NEXT;
        }
        if (dirty) {
            return Step.ENDS_BEFORE;
        }
        if (order.spec().evolution() != SchemaEvolution.ADD_COLUMNS) {
            throw new CannotGoOn("The source's table has other columns now: " + differing
                    + ". Change the pipeline's evolution to add-columns, then start it.");
        }
        List<Slice> written = whole;
        if (written != null) {
            written.add(intake.done(Map.of(), 0));
        }
        target.follow(differing);
        takeIn();
        return Step.NEXT;
    }

    private void commit() throws CannotGoOn, Overtaken, IOException {
        long lag = consumer.currentLag(partition).orElse(0);
        long position = consumer.position(partition);
        Map<Integer, Long> next = Map.of(0, position);
        List<Slice> written = whole;
        if (written != null) {
            if (!wholeEnds) {
                progress.lag(Math.max(1, lag));
                return;
            }
            written.add(intake.done(next, lag));
            aside.flush();
            ledger.replace(files(written), counts(written), next, lag);
            whole = null;
            wholeEnds = false;
            committed();
            return;
        }
        boolean moved = position
                > Objects.requireNonNullElse(ledger.committed().offsets().get(0), 0L);
        if (sieve.counts().records() > 0 || moved && System.nanoTime() - committedAt > IDLE_COMMIT_NANOS) {
            Slice slice = intake.done(next, lag);
            aside.flush();
            List<WriteResult> files = new ArrayList<>();
            if (!slice.newest().isEmpty()) {
                files.add(Upserts.write(
                        target.table(), order.generation(), Intake.keys(order, target.table()), slice.newest()));
            }
            ledger.commit(files, slice.counts(), next, null, lag);
            committed();
        } else {
            progress.lag(lag);
        }
        if (lag == 0) {
            ledger.tidy();
        }
    }

    private void committed() throws CannotGoOn, IOException {
        committedAt = System.nanoTime();
        takeIn();
    }

    private static List<WriteResult> files(List<Slice> slices) {
        return slices.stream().map(Slice::files).filter(Objects::nonNull).toList();
    }

    private static Counts counts(List<Slice> slices) {
        Counts all = Counts.NONE;
        for (Slice slice : slices) {
            all = all.plus(slice.counts());
        }
        return all;
    }

    /** Files of what did not come to an end are nobody's. */
    private void forgetWhole() {
        if (whole != null) {
            files(whole).forEach(target::forget);
        }
        whole = null;
        wholeEnds = false;
    }

    @Override
    public void close() {
        consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(2)));
        capture.close();
        try {
            intake.close();
            forgetWhole();
        } catch (IOException | RuntimeException e) {
            log.atInfo().addKeyValue("subject", order).setCause(e).log("Files that nobody has stay");
        }
        aside.close();
        target.close();
    }
}
