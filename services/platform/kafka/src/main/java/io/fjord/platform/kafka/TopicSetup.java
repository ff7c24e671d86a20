package io.fjord.platform.kafka;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the topics that are missing. Of one that exists only the limit of a record is touched, and only to raise it: a record that an
 * older topic does not take would stop who writes it.
 */
public final class TopicSetup {

    private static final Logger log = LoggerFactory.getLogger(TopicSetup.class);
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private TopicSetup() {}

    /** A topic stands with another number of partitions than it should; changing it in place would break the order per key. */
    public static final class WrongPartitions extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        WrongPartitions(String message) {
            super(message);
        }
    }

    /** @return fails with {@link WrongPartitions} naming every topic whose number of partitions differs */
    public static Future<Void> ensure(KafkaConfig config, List<TopicSpec> topics) {
        Promise<Void> done = Promise.promise();
        Thread thread = new Thread(
                () -> {
                    try {
                        ensureNow(config, topics);
                        done.complete();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        done.fail(e);
                    } catch (ExecutionException e) {
                        done.fail(e.getCause());
                    } catch (RuntimeException e) {
                        done.fail(e);
                    }
                },
                "fjord-topic-setup");
        thread.setDaemon(true);
        thread.start();
        return ContextHop.toCaller(done.future());
    }

    private static void ensureNow(KafkaConfig config, List<TopicSpec> topics)
            throws ExecutionException, InterruptedException {
        Map<String, Object> settings = config.client();
        settings.put("default.api.timeout.ms", (int) PATIENCE.toMillis());
        settings.put("request.timeout.ms", (int) PATIENCE.toMillis());
        Map<String, TopicSpec> wanted = new LinkedHashMap<>();
        topics.forEach(topic -> wanted.put(topic.name(), topic));
        try (Admin admin = Admin.create(settings)) {
            create(admin, config, missing(admin, config, wanted));
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!missing(admin, config, wanted).isEmpty() && System.nanoTime() < deadline) {
                Thread.sleep(50);
            }
            awaitLeaders(admin, config, wanted);
            raiseLimits(admin, wanted.values());
        }
    }

    /** A leader opens a new partition a moment after everyone knows of it; only the leader can say where it ends. */
    private static void awaitLeaders(Admin admin, KafkaConfig config, Map<String, TopicSpec> wanted)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> all = new HashMap<>();
        for (TopicSpec topic : wanted.values()) {
            for (int i = 0; i < partitions(config, topic); i++) {
                all.put(new TopicPartition(topic.name(), i), OffsetSpec.latest());
            }
        }
        admin.listOffsets(all).all().get();
    }

    private static List<TopicSpec> missing(Admin admin, KafkaConfig config, Map<String, TopicSpec> wanted)
            throws ExecutionException, InterruptedException {
        List<TopicSpec> missing = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        Map<String, KafkaFuture<TopicDescription>> found =
                admin.describeTopics(wanted.keySet()).topicNameValues();
        for (TopicSpec topic : wanted.values()) {
            KafkaFuture<TopicDescription> description = found.get(topic.name());
            try {
                int actual =
                        description == null ? 0 : description.get().partitions().size();
                if (actual != partitions(config, topic)) {
                    wrong.add(topic.name() + " has " + actual + " partitions and should have "
                            + partitions(config, topic));
                }
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw e;
                }
                missing.add(topic);
            }
        }
        if (!wrong.isEmpty()) {
            throw new WrongPartitions(String.join("; ", wrong)
                    + ". Partition counts never change in place: set the number the topic has, or make a new topic.");
        }
        return missing;
    }

    private static void create(Admin admin, KafkaConfig config, List<TopicSpec> missing)
            throws ExecutionException, InterruptedException {
        List<NewTopic> topics = missing.stream()
                .map(topic -> new NewTopic(topic.name(), partitions(config, topic), (short) config.replicationFactor())
                        .configs(settings(config, topic)))
                .toList();
        for (var created : admin.createTopics(topics).values().entrySet()) {
            try {
                created.getValue().get();
                log.atInfo().addKeyValue("topic", created.getKey()).log("Topic created");
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
    }

    private static void raiseLimits(Admin admin, Collection<TopicSpec> wanted)
            throws ExecutionException, InterruptedException {
        Map<ConfigResource, Integer> limits = new LinkedHashMap<>();
        for (TopicSpec topic : wanted) {
            String limit = topic.settings().get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
            if (limit != null) {
                limits.put(new ConfigResource(ConfigResource.Type.TOPIC, topic.name()), Integer.parseInt(limit));
            }
        }
        for (var one : admin.describeConfigs(limits.keySet()).values().entrySet()) {
            int limit = Objects.requireNonNull(limits.get(one.getKey()));
            String topic = one.getKey().name();
            try {
                String actual = one.getValue()
                        .get()
                        .get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG)
                        .value();
                if (Integer.parseInt(actual) < limit) {
                    raise(admin, one.getKey(), limit);
                    log.atInfo()
                            .addKeyValue("topic", topic)
                            .log("Its largest record may have {} bytes now, instead of {}", limit, actual);
                }
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof AuthorizationException)) {
                    throw e;
                }
                log.atInfo()
                        .addKeyValue("topic", topic)
                        .log(
                                "Whether it takes records of {} bytes is for its administrator to see: {}",
                                limit,
                                e.getCause().getMessage());
            }
        }
    }

    private static void raise(Admin admin, ConfigResource topic, int limit)
            throws ExecutionException, InterruptedException {
        ConfigEntry entry = new ConfigEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(limit));
        admin.incrementalAlterConfigs(Map.of(topic, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    private static Map<String, String> settings(KafkaConfig config, TopicSpec topic) {
        if (config.replicationFactor() < 3) {
            return topic.settings();
        }
        // Acknowledged by all is worth something only if all are at least two.
        Map<String, String> settings = new LinkedHashMap<>(topic.settings());
        settings.put("min.insync.replicas", "2");
        return settings;
    }

    private static int partitions(KafkaConfig config, TopicSpec topic) {
        return topic.partitions() == 0 ? config.commandPartitions() : topic.partitions();
    }
}
