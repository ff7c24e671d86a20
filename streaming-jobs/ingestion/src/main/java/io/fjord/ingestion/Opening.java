package io.fjord.ingestion;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.types.Type;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * How a pipeline begins: its table, made if need be, and what the table says of how far it was.
 *
 * @param committed where it goes on; written down in the table
 */
public record Opening(TargetTable target, Committed committed, List<TopicPartition> partitions) {

    /** What columns a table gets that nobody declared any for. */
    public interface Columns {
        /** @return null while nobody knows */
        @Nullable
        Map<String, Type> of(SourceTopic topic, List<TopicPartition> partitions);
    }

    /** @return null if there is neither a table nor what to make one of */
    public static @Nullable Opening of(Settings settings, Order order, Progress progress, Columns columns)
            throws CannotGoOn, Overtaken, IOException {
        try (SourceTopic topic = new SourceTopic(settings, order)) {
            List<TopicPartition> partitions = topic.partitions();
            if (partitions.isEmpty()) {
                progress.retrying("There is no topic '" + order.topic() + "' yet");
                return null;
            }
            TargetTable target = TargetTable.open(settings, order, null);
            if (target == null) {
                Map<String, Type> some = columns.of(topic, partitions);
                target = some == null ? null : TargetTable.open(settings, order, some);
            }
            if (target == null) {
                return null;
            }
            try {
                if (!target.suits(order.spec().mode())) {
                    throw new CannotGoOn("An upsert goes to a table without partitions; this one has some.");
                }
                Committed committed = committed(order, target, topic, partitions);
                progress.committed(committed, 0);
                return new Opening(target, committed, partitions);
            } catch (CannotGoOn | Overtaken | RuntimeException e) {
                target.close();
                throw e;
            }
        }
    }

    private static Committed committed(
            Order order, TargetTable target, SourceTopic topic, List<TopicPartition> partitions)
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
                last == null ? topic.at(order.restart(), target, partitions) : last.offsets(),
                newest == null ? 0 : newest.rows(),
                newest == null ? 0 : newest.dead(),
                newest == null ? 0 : newest.late(),
                last == null ? null : last.watermarkMillis(),
                last == null ? null : last.batch(),
                0);
        Committed anchored = target.anchor(newest, begin);
        CrashPoint.AFTER_ANCHOR.here();
        return anchored;
    }
}
