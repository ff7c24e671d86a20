package io.fjord.platform.kafka;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;

/** What the broker calls a topic; one made anew under the same name is called otherwise. */
public final class TopicId {

    private static final ClientPool<Admin> ADMINS = new ClientPool<>(Admin::create);

    private TopicId() {}

    public static Future<String> of(Vertx vertx, KafkaConfig config, String topic) {
        return vertx.executeBlocking(() -> read(config, topic), false);
    }

    private static String read(KafkaConfig config, String topic) throws Exception {
        try {
            return ADMINS.ask(config.client(), admin -> {
                Map<String, TopicDescription> found =
                        admin.describeTopics(List.of(topic)).allTopicNames().get();
                return Objects.requireNonNull(found.get(topic)).topicId().toString();
            });
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new KafkaException(e);
        }
    }
}
