package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.PipelineMode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.WriteResult;
import org.apache.iceberg.types.Type;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A pipeline at work without Spark: some threads read and write files, one commits. */
final class DirectSession implements Session {

    private static final Logger log = LoggerFactory.getLogger(DirectSession.class);
    private static final long LOOK_FOR_PARTITIONS_NANOS = Duration.ofSeconds(30).toNanos();
    private static final long SHORTEST_CYCLE_NANOS = Duration.ofMillis(200).toNanos();

    private final Order order;
    private final Settings settings;
    private final Progress progress;
    private final ExecutorService threads;
    private final TargetTable target;
    private final SetAside aside;
    private final Ledger ledger;
    private final List<Reader> readers = new ArrayList<>();
    private int partitions;
    private long lookedAt = System.nanoTime();

    private DirectSession(
            Settings settings,
            Order order,
            Progress progress,
            ExecutorService threads,
            Opening opening,
            SetAside aside) {
        this.settings = settings;
        this.order = order;
        this.progress = progress;
        this.threads = threads;
        this.target = opening.target();
        this.aside = aside;
        this.ledger = new Ledger(order, progress, opening, aside);
    }

    static @Nullable Session open(Settings settings, Order order, Progress progress, ExecutorService threads)
            throws CannotGoOn, Overtaken, IOException, InterruptedException {
        Opening opening = Opening.of(settings, order, progress, SourceTopic::firstRecord);
        if (opening == null) {
            return null;
        }
        try {
            SetAside aside = new SetAside(settings, order, opening.committed());
            DirectSession session = new DirectSession(settings, order, progress, threads, opening, aside);
            session.openReaders(opening.partitions());
            log.atInfo().addKeyValue("subject", order).log("A pipeline reads");
            return session;
        } catch (CannotGoOn | InterruptedException | RuntimeException e) {
            opening.target().close();
            throw e;
        }
    }

    // Readers

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
            Consumer<byte[], byte[]> consumer = SourceTopic.consumer(settings);
            consumer.assign(mine);
            for (TopicPartition partition : mine) {
                Long at = ledger.committed().offsets().get(partition.partition());
                consumer.seek(partition, at == null ? earliest(partition) : at);
            }
            readers.add(new Reader(order, target.table(), consumer, aside, i));
        }
    }

    private long earliest(TopicPartition partition) {
        try (SourceTopic topic = new SourceTopic(settings, order)) {
            return topic.earliest(List.of(partition)).getOrDefault(partition, 0L);
        }
    }

    private void closeReaders() {
        readers.forEach(Reader::close);
        readers.clear();
    }

    // Cycles

    @Override
    public void cycle(BooleanSupplier stopped) throws CannotGoOn, Overtaken, IOException, InterruptedException {
        lookForPartitions();
        long until = System.nanoTime()
                + Math.max(
                        SHORTEST_CYCLE_NANOS,
                        Duration.ofSeconds(order.spec().freshnessSeconds()).toNanos() / 2 - ledger.commitNanos());
        List<Slice> slices = read(until, stopped);
        long lag = slices.stream().mapToLong(Slice::lag).sum();
        if (slices.stream().anyMatch(slice -> slice.counts().records() > 0)) {
            commit(slices, lag);
        } else {
            progress.lag(lag);
        }
        if (lag == 0) {
            ledger.tidy();
        }
        Map<String, Type> columns = new LinkedHashMap<>();
        slices.forEach(slice -> columns.putAll(slice.columns()));
        if (!columns.isEmpty()) {
            target.addColumns(columns);
            openReaders(allPartitions());
        }
    }

    private List<Slice> read(long until, BooleanSupplier stopped) throws CannotGoOn, IOException, InterruptedException {
        Long watermark = ledger.committed().watermarkMillis();
        List<Future<Slice>> reading = new ArrayList<>();
        for (Reader reader : readers.subList(1, readers.size())) {
            reading.add(threads.submit(() -> reader.read(until, watermark, stopped)));
        }
        List<Slice> slices = new ArrayList<>();
        Exception failed = null;
        try {
            slices.add(readers.get(0).read(until, watermark, stopped));
        } catch (CannotGoOn | IOException | RuntimeException e) {
            failed = e;
        }
        for (Future<Slice> each : reading) {
            try {
                slices.add(each.get());
            } catch (ExecutionException e) {
                failed = e.getCause() instanceof RuntimeException cause ? cause : new IOException(e.getCause());
            }
        }
        if (failed instanceof CannotGoOn cannot) {
            throw cannot;
        }
        if (failed instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (failed != null) {
            throw new IOException(failed);
        }
        return slices;
    }

    private void commit(List<Slice> slices, long lag) throws CannotGoOn, Overtaken, IOException {
        aside.flush();
        List<WriteResult> files = new ArrayList<>();
        Map<List<@Nullable Object>, @Nullable Record> newest = new LinkedHashMap<>();
        Map<Integer, Long> next = new TreeMap<>();
        Counts counts = Counts.NONE;
        for (Slice slice : slices) {
            if (slice.files() != null) {
                files.add(slice.files());
            }
            newest.putAll(slice.newest());
            next.putAll(slice.next());
            counts = counts.plus(slice.counts());
        }
        if (order.spec().mode() == PipelineMode.UPSERT && !newest.isEmpty()) {
            files.add(Upserts.write(target.table(), order.generation(), Intake.keys(order, target.table()), newest));
        }
        ledger.commit(files, counts, next, null, lag);
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
        try (SourceTopic topic = new SourceTopic(settings, order)) {
            return topic.partitions();
        }
    }

    @Override
    public void close() {
        closeReaders();
        aside.close();
        target.close();
    }
}
