package io.fjord.ingestion;

import java.io.IOException;
import java.util.List;
import java.util.Map;
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
                TargetTable opened = target;
                Committed committed = new Commits(target)
                        .begin(order, () -> topic.at(order.restart(), opened, partitions), topic::aside);
                progress.committed(committed, 0);
                return new Opening(target, committed, partitions);
            } catch (CannotGoOn | Overtaken | RuntimeException e) {
                target.close();
                throw e;
            }
        }
    }
}
