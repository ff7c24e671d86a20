package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.Watermark;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.WriteResult;
import org.apache.iceberg.types.Type;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A pipeline at work: from what the table says it has written, cycle after cycle of reading and committing. */
final class Session implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Session.class);
    private static final int COMMITS_BETWEEN_COMPACTIONS = 20;
    private static final int SMALL_FILES = 20;
    private static final Duration ASK_WITHIN = Duration.ofSeconds(20);
    private static final long LOOK_FOR_PARTITIONS_NANOS = Duration.ofSeconds(30).toNanos();
    private static final long SHORTEST_CYCLE_NANOS = Duration.ofMillis(200).toNanos();

    private final Order order;
    private final Settings settings;
    private final Progress progress;
    private final ExecutorService threads;
    private final TargetTable target;
    private final SetAside aside;
    private final List<Reader> readers = new ArrayList<>();
    private Committed committed;
    private int partitions;
    private long lookedAt = System.nanoTime();
    private long committedAt = System.nanoTime();
    private long commitNanos;
    private int commits;

    private Session(
            Settings settings,
            Order order,
            Progress progress,
            ExecutorService threads,
            TargetTable target,
            SetAside aside,
            Committed committed) {
        this.settings = settings;
        this.order = order;
        this.progress = progress;
        this.threads = threads;
        this.target = target;
        this.aside = aside;
        this.committed = committed;
    }

    /** @return null if there is neither a table nor a record to make one of */
    static @Nullable Session open(Settings settings, Order order, Progress progress, ExecutorService threads)
            throws CannotGoOn, Overtaken, IOException, InterruptedException {
        try (Consumer<byte[], byte[]> asking = consumer(settings)) {
            List<TopicPartition> partitions = partitions(asking, order);
            if (partitions.isEmpty()) {
                progress.retrying("There is no topic '" + order.topic() + "' yet");
                return null;
            }
            TargetTable target = TargetTable.open(settings, order, null);
            if (target == null) {
                Map<String, Type> inferred = firstRecord(asking, partitions, order);
                target = inferred == null ? null : TargetTable.open(settings, order, inferred);
            }
            if (target == null) {
                return null;
            }
            try {
                if (!target.suits(order.spec().mode())) {
                    throw new CannotGoOn("An upsert goes to a table without partitions; this one has some.");
                }
                Committed committed = committed(order, target, asking, partitions);
                progress.committed(committed, 0);
                SetAside aside = new SetAside(settings, order);
                Session session = new Session(settings, order, progress, threads, target, aside, committed);
                session.openReaders(partitions);
                return session;
            } catch (CannotGoOn | Overtaken | InterruptedException | RuntimeException e) {
                target.close();
                throw e;
            }
        }
    }

    // Where it goes on

    private static Committed committed(
            Order order, TargetTable target, Consumer<byte[], byte[]> asking, List<TopicPartition> partitions)
            throws CannotGoOn, Overtaken {
        Committed newest = target.newest();
        if (newest != null && newest.epoch() > order.generation()) {
            throw new Overtaken(true);
        }
        Committed last = newest != null && newest.epoch() >= order.restartGeneration() ? newest : null;
        if (last != null && last.epoch() == order.generation()) {
            return last;
        }
        if (newest == null && target.writtenSince() >= order.restartGeneration()) {
            throw new CannotGoOn(
                    "The table does not know any more how far the pipeline was: it was rolled back to before it, or"
                            + " its snapshots have expired. Restart the pipeline from a position.");
        }
        // Also where it goes on: from here on one of an earlier start writes nothing any more.
        Committed begin = new Committed(
                order.generation(),
                UUID.randomUUID().toString(),
                last == null ? positions(order.restart(), target, asking, partitions) : last.offsets(),
                newest == null ? 0 : newest.rows(),
                newest == null ? 0 : newest.dead(),
                newest == null ? 0 : newest.late(),
                last == null ? null : last.watermarkMillis(),
                0);
        Committed anchored = target.anchor(newest, begin);
        CrashPoint.AFTER_ANCHOR.here();
        return anchored;
    }

    private static Map<Integer, Long> positions(
            PipelinePosition from, TargetTable target, Consumer<byte[], byte[]> asking, List<TopicPartition> partitions)
            throws CannotGoOn {
        Map<TopicPartition, Long> earliest = asking.beginningOffsets(partitions, ASK_WITHIN);
        Map<TopicPartition, Long> latest = asking.endOffsets(partitions, ASK_WITHIN);
        Map<Integer, Long> asked = from.offsets();
        if (from.snapshot() != null) {
            Committed then = target.of(from.snapshot());
            if (then == null) {
                throw new CannotGoOn("The pipeline wrote no snapshot " + from.snapshot() + " that is still there.");
            }
            asked = then.offsets();
        }
        Map<TopicPartition, OffsetAndTimestamp> timed = new HashMap<>();
        if (from.time() != null) {
            Map<TopicPartition, Long> times = new HashMap<>();
            partitions.forEach(partition -> times.put(partition, from.time().toEpochMilli()));
            timed.putAll(asking.offsetsForTimes(times, ASK_WITHIN));
        }
        Map<Integer, Long> offsets = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            long begin = Objects.requireNonNull(earliest.get(partition));
            long end = Objects.requireNonNull(latest.get(partition));
            if (asked != null) {
                offsets.put(partition.partition(), asked.getOrDefault(partition.partition(), begin));
            } else if (from.time() != null) {
                OffsetAndTimestamp at = timed.get(partition);
                offsets.put(partition.partition(), at == null ? end : at.offset());
            } else {
                offsets.put(partition.partition(), PipelinePosition.LATEST.equals(from.at()) ? end : begin);
            }
        }
        return offsets;
    }

    private static @Nullable Map<String, Type> firstRecord(
            Consumer<byte[], byte[]> asking, List<TopicPartition> partitions, Order order) {
        asking.assign(partitions);
        if (PipelinePosition.LATEST.equals(order.restart().at())) {
            Map<TopicPartition, Long> end = asking.endOffsets(partitions, ASK_WITHIN);
            end.forEach((partition, offset) -> asking.seek(partition, Math.max(0, offset - 1)));
        } else {
            asking.seekToBeginning(partitions);
        }
        for (ConsumerRecord<byte[], byte[]> record : asking.poll(Duration.ofSeconds(2))) {
            try {
                Map<String, Type> columns = record.value() == null ? Map.of() : Rows.infer(record.value());
                if (!columns.isEmpty()) {
                    return columns;
                }
            } catch (Unfit e) {
                // It goes to the dead letters when it is read.
            }
        }
        return null;
    }

    // Readers

    private static Consumer<byte[], byte[]> consumer(Settings settings) {
        Map<String, Object> properties = new HashMap<>(settings.kafka());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // What is gone from the topic before it was read is lost: somebody has to hear of it.
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.METRIC_REPORTER_CLASSES_CONFIG, "");
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static List<TopicPartition> partitions(Consumer<byte[], byte[]> asking, Order order) {
        List<TopicPartition> all = new ArrayList<>();
        List<PartitionInfo> known = asking.partitionsFor(order.topic(), ASK_WITHIN);
        if (known != null) {
            known.forEach(info -> all.add(new TopicPartition(info.topic(), info.partition())));
        }
        return all;
    }

    private void openReaders(List<TopicPartition> all) throws CannotGoOn {
        closeReaders();
        partitions = all.size();
        int count = Math.min(order.spec().parallelism(), all.size());
        for (int i = 0; i < count; i++) {
            List<TopicPartition> mine = new ArrayList<>();
            for (TopicPartition partition : all) {
                if (partition.partition() % count == i) {
                    mine.add(partition);
                }
            }
            Consumer<byte[], byte[]> consumer = consumer(settings);
            consumer.assign(mine);
            Map<TopicPartition, Long> earliest = null;
            for (TopicPartition partition : mine) {
                Long at = committed.offsets().get(partition.partition());
                if (at == null) {
                    earliest = earliest == null ? consumer.beginningOffsets(mine, ASK_WITHIN) : earliest;
                    at = earliest.getOrDefault(partition, 0L);
                }
                consumer.seek(partition, at);
            }
            readers.add(new Reader(order, target.table(), consumer, aside, i));
        }
    }

    private void closeReaders() {
        readers.forEach(Reader::close);
        readers.clear();
    }

    // Cycles

    /** Reads until it is time, then commits what there is. */
    void cycle(BooleanSupplier stopped) throws CannotGoOn, Overtaken, IOException, InterruptedException {
        lookForPartitions();
        long until = System.nanoTime()
                + Math.max(
                        SHORTEST_CYCLE_NANOS,
                        Duration.ofSeconds(order.spec().freshnessSeconds()).toNanos() / 2 - commitNanos);
        List<Slice> slices = read(until, stopped);
        long records = slices.stream().mapToLong(Slice::records).sum();
        if (records > 0) {
            commit(slices, records);
        } else {
            progress.lag(slices.stream().mapToLong(Slice::lag).sum());
        }
        if (commits >= COMMITS_BETWEEN_COMPACTIONS && slices.stream().allMatch(slice -> slice.lag() == 0)) {
            commits = 0;
            compact();
        }
        Map<String, Type> columns = new LinkedHashMap<>();
        slices.forEach(slice -> columns.putAll(slice.columns()));
        if (!columns.isEmpty()) {
            target.addColumns(columns);
            openReaders(allPartitions());
        }
    }

    /** Only when there is nothing to read; that it does not work is no reason not to read on. */
    private void compact() throws IOException {
        try {
            new Compaction(target.table(), SMALL_FILES).run();
        } catch (RuntimeException e) {
            log.atInfo().addKeyValue("subject", order).setCause(e).log("Small files stay for now");
        }
    }

    private List<Slice> read(long until, BooleanSupplier stopped) throws IOException, InterruptedException {
        List<Future<Slice>> reading = new ArrayList<>();
        for (Reader reader : readers.subList(1, readers.size())) {
            reading.add(threads.submit(() -> reader.read(until, committed.watermarkMillis(), stopped)));
        }
        List<Slice> slices = new ArrayList<>();
        Exception failed = null;
        try {
            slices.add(readers.get(0).read(until, committed.watermarkMillis(), stopped));
        } catch (IOException | RuntimeException e) {
            failed = e;
        }
        for (Future<Slice> each : reading) {
            try {
                slices.add(each.get());
            } catch (ExecutionException e) {
                failed = e.getCause() instanceof RuntimeException cause ? cause : new IOException(e.getCause());
            }
        }
        if (failed instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (failed != null) {
            throw new IOException(failed);
        }
        return slices;
    }

    private void commit(List<Slice> slices, long records) throws Overtaken, IOException {
        aside.flush();
        List<WriteResult> files = new ArrayList<>();
        Map<List<@Nullable Object>, @Nullable Record> newest = new LinkedHashMap<>();
        Map<Integer, Long> offsets = new TreeMap<>(committed.offsets());
        long lag = 0;
        long firstAt = Long.MAX_VALUE;
        for (Slice slice : slices) {
            if (slice.files() != null) {
                files.add(slice.files());
            }
            newest.putAll(slice.newest());
            offsets.putAll(slice.next());
            lag += slice.lag();
            firstAt = slice.firstAt() == 0 ? firstAt : Math.min(firstAt, slice.firstAt());
        }
        if (order.spec().mode() == PipelineMode.UPSERT && !newest.isEmpty()) {
            files.add(Upserts.write(
                    target.table(), order.generation(), readers.get(0).keys(), newest));
        }
        CrashPoint.BETWEEN_FILES_AND_COMMIT.here();
        Committed next = new Committed(
                order.generation(),
                UUID.randomUUID().toString(),
                offsets,
                committed.rows() + slices.stream().mapToLong(Slice::rows).sum(),
                committed.dead() + slices.stream().mapToLong(Slice::dead).sum(),
                committed.late() + slices.stream().mapToLong(Slice::late).sum(),
                watermark(slices),
                0);
        long began = System.nanoTime();
        committed = target.commit(committed, next, files);
        commits++;
        CrashPoint.AFTER_COMMIT.here();
        long now = System.nanoTime();
        commitNanos = now - began;
        progress.committed(committed, lag);
        progress.pace(
                records * 1e9 / Math.max(1, now - committedAt),
                firstAt == Long.MAX_VALUE ? null : System.currentTimeMillis() - firstAt);
        committedAt = now;
    }

    private @Nullable Long watermark(List<Slice> slices) {
        Watermark rule = order.spec().watermark();
        Long was = committed.watermarkMillis();
        if (rule == null) {
            return null;
        }
        long best = was == null ? Long.MIN_VALUE : was;
        for (Slice slice : slices) {
            if (slice.newestMillis() != null) {
                best = Math.max(best, slice.newestMillis() - rule.delaySeconds() * 1000L);
            }
        }
        return best == Long.MIN_VALUE ? null : best;
    }

    private void lookForPartitions() throws CannotGoOn {
        if (System.nanoTime() - lookedAt < LOOK_FOR_PARTITIONS_NANOS) {
            return;
        }
        lookedAt = System.nanoTime();
        List<TopicPartition> now = allPartitions();
        if (now.size() != partitions) {
            openReaders(now);
        }
    }

    private List<TopicPartition> allPartitions() {
        try (Consumer<byte[], byte[]> asking = consumer(settings)) {
            return partitions(asking, order);
        }
    }

    @Override
    public void close() {
        closeReaders();
        aside.close();
        target.close();
    }
}
