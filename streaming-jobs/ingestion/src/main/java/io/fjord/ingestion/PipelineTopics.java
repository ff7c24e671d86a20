package io.fjord.ingestion;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;

/** The topics of one partition that pipelines write to beside their tables. */
public final class PipelineTopics {

    private static final long PATIENCE_SECONDS = 30;

    private PipelineTopics() {}

    /**
     * Makes those that are missing, and returns when they can be written to: a leader opens a new partition a moment after
     * everyone knows of it, and a producer whose first batch comes too early, and its second in time, never gets the first one
     * through (KAFKA-15591). Only the leader can say where a partition ends.
     *
     * @throws IllegalStateException if the broker does not make them, or does not answer
     */
    public static void make(Map<String, String> kafka, List<NewTopic> topics) throws InterruptedException {
        try (Admin admin = Admin.create(new HashMap<String, Object>(kafka))) {
            Set<String> there = admin.listTopics().names().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            List<NewTopic> missing = topics.stream()
                    .filter(topic -> !there.contains(topic.name()))
                    .toList();
            for (KafkaFuture<Void> made : admin.createTopics(missing).values().values()) {
                awaitMade(made);
            }
            Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
            topics.forEach(topic -> ends.put(new TopicPartition(topic.name(), 0), OffsetSpec.latest()));
            admin.listOffsets(ends).all().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "The topics " + topics.stream().map(NewTopic::name).sorted().toList() + " cannot be made",
                    e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("Kafka does not answer", e);
        }
    }

    /** Another process of the same pipeline may have been faster. */
    private static void awaitMade(KafkaFuture<Void> made)
            throws ExecutionException, InterruptedException, TimeoutException {
        try {
            made.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }
}
