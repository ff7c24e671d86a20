package io.fjord.platform.kafka;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Brings the topics of event streams to what is wished of them, however they are now; doing it again changes nothing. */
public final class StreamTopics {

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Vertx vertx;
    private final KafkaConfig config;

    public StreamTopics(Vertx vertx, KafkaConfig config) {
        this.vertx = vertx;
        this.config = config;
    }

    /**
     * Makes them, or gives them more partitions and these settings; one that has more partitions keeps them.
     *
     * @return their ids (KIP-516), in the same order
     */
    public Future<List<String>> ensure(List<TopicSpec> topics) {
        List<String> ids = new ArrayList<>();
        return asking(admin -> {
                    for (TopicSpec topic : topics) {
                        ensure(admin, topic);
                        ids.add(Objects.requireNonNull(describe(admin, topic.name()), topic.name())
                                .topicId()
                                .toString());
                    }
                })
                .map(ok -> List.copyOf(ids));
    }

    /**
     * Takes topics away, those that are there; done when they are gone. One that another makes anew under the same name stays.
     *
     * @param ids of those that go in any case
     * @param unwanted whether the others are not to be there, asked when it is known which are
     */
    public Future<Void> delete(List<String> topics, List<String> ids, Supplier<Future<Boolean>> unwanted) {
        Map<String, Uuid> found = new LinkedHashMap<>();
        Map<String, Uuid> gone = new LinkedHashMap<>();
        return asking(admin -> {
                    for (String topic : topics) {
                        TopicDescription there = describe(admin, topic);
                        if (there != null) {
                            boolean known = ids.contains(there.topicId().toString());
                            (known ? gone : found).put(topic, there.topicId());
                        }
                    }
                })
                .compose(ok -> found.isEmpty() ? Future.succeededFuture(false) : unwanted.get())
                .compose(go -> {
                    if (go) {
                        gone.putAll(found);
                    }
                    return gone.isEmpty() ? Future.succeededFuture() : asking(admin -> delete(admin, gone));
                });
    }

    private static void delete(Admin admin, Map<String, Uuid> topics) throws Exception {
        for (Map.Entry<String, Uuid> topic : topics.entrySet()) {
            try {
                admin.deleteTopics(TopicCollection.ofTopicIds(List.of(topic.getValue())))
                        .all()
                        .get();
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicIdException)) {
                    throw e;
                }
            }
            await(
                    () -> {
                        TopicDescription now = describe(admin, topic.getKey());
                        return now == null || !now.topicId().equals(topic.getValue());
                    },
                    topic.getKey() + " is still there");
        }
    }

    /** Whether the broker may do it when it is asked again. */
    public static boolean isPassing(Throwable failure) {
        return failure instanceof RetriableException || failure instanceof DisconnectException;
    }

    private void ensure(Admin admin, TopicSpec topic) throws Exception {
        Map<String, String> settings = new HashMap<>(topic.settings());
        if (config.replicationFactor() >= 3) {
            settings.put("min.insync.replicas", "2");
        }
        int there = partitions(admin, topic.name());
        if (there == 0) {
            create(admin, topic, settings);
        } else {
            if (there < topic.partitions()) {
                admin.createPartitions(Map.of(topic.name(), NewPartitions.increaseTo(topic.partitions())))
                        .all()
                        .get();
            }
            change(admin, topic.name(), settings);
        }
        await(() -> partitions(admin, topic.name()) >= topic.partitions(), topic.name() + " was not made");
        awaitLeaders(admin, topic);
    }

    private void create(Admin admin, TopicSpec topic, Map<String, String> settings) throws Exception {
        NewTopic made = new NewTopic(topic.name(), topic.partitions(), (short) config.replicationFactor());
        try {
            admin.createTopics(List.of(made.configs(settings))).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }

    private static void change(Admin admin, String topic, Map<String, String> settings) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Config now = admin.describeConfigs(List.of(resource)).all().get().get(resource);
        List<AlterConfigOp> changes = new ArrayList<>();
        settings.forEach((name, value) -> {
            ConfigEntry entry = now == null ? null : now.get(name);
            if (entry == null || !value.equals(entry.value())) {
                changes.add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET));
            }
        });
        if (!changes.isEmpty()) {
            admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
        }
    }

    /** A leader opens a new partition a moment after everyone knows of it; only the leader can say where it ends. */
    private static void awaitLeaders(Admin admin, TopicSpec topic) throws Exception {
        Map<TopicPartition, OffsetSpec> all = new HashMap<>();
        for (int i = 0; i < topic.partitions(); i++) {
            all.put(new TopicPartition(topic.name(), i), OffsetSpec.latest());
        }
        admin.listOffsets(all).all().get();
    }

    private static int partitions(Admin admin, String topic) throws Exception {
        TopicDescription found = describe(admin, topic);
        return found == null ? 0 : found.partitions().size();
    }

    private static @Nullable TopicDescription describe(Admin admin, String topic) throws Exception {
        KafkaFuture<TopicDescription> found =
                admin.describeTopics(List.of(topic)).topicNameValues().get(topic);
        try {
            return found == null ? null : found.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return null;
            }
            throw e;
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition, String otherwise) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(otherwise + " within " + PATIENCE.toSeconds() + " s");
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private interface Question {
        void of(Admin admin) throws Exception;
    }

    private Future<Void> asking(Question question) {
        return vertx.executeBlocking(
                () -> {
                    Map<String, Object> settings = config.client();
                    settings.put("default.api.timeout.ms", (int) PATIENCE.toMillis());
                    settings.put("request.timeout.ms", (int) PATIENCE.toMillis());
                    try (Admin admin = Admin.create(settings)) {
                        question.of(admin);
                        return null;
                    } catch (ExecutionException e) {
                        throw e.getCause() instanceof Exception cause ? cause : e;
                    }
                },
                false);
    }
}
