package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.Topics;
import io.fjord.kernel.Ids;
import io.fjord.testing.TestServers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

class TopicSetupIT {

    private final KafkaConfig config = Samples.config(TestServers.kafka().bootstrapServers());

    @Test
    void what_is_missing_is_made_once() throws Exception {
        String service = Samples.newService(config);
        Samples.get(TopicSetup.ensure(config, TopicSpec.ofService(service)));

        try (Admin admin = Samples.admin(config)) {
            var topics = admin.describeTopics(List.of(Topics.commands(service), Topics.events(service)))
                    .allTopicNames()
                    .get();
            assertThat(topics.get(Topics.commands(service)).partitions()).hasSize(4);
            assertThat(topics.get(Topics.events(service)).partitions()).hasSize(1);
            ConfigResource commands = new ConfigResource(ConfigResource.Type.TOPIC, Topics.commands(service));
            var settings = admin.describeConfigs(List.of(commands)).all().get().get(commands);
            assertThat(settings.get("flush.messages").value()).isEqualTo("1");
            assertThat(Long.parseLong(settings.get("retention.ms").value()))
                    .isGreaterThanOrEqualTo(Duration.ofDays(14).toMillis());
        }
    }

    @Test
    void another_number_of_partitions_is_an_error_naming_both() {
        String service = Samples.newService(config);
        KafkaConfig wider = new KafkaConfig(config.bootstrap(), Map.of(), 1, 7, Duration.ofSeconds(5));
        assertThatThrownBy(() -> Samples.get(TopicSetup.ensure(wider, TopicSpec.ofService(service))))
                .isInstanceOf(TopicSetup.WrongPartitions.class)
                .hasMessageContaining(Topics.commands(service) + " has 4 partitions and should have 7");
    }

    @Test
    void a_limit_is_raised_and_never_lowered_and_nothing_else_is_touched() throws Exception {
        String small = "limits-" + Ids.next();
        String large = "limits-" + Ids.next();
        Samples.get(TopicSetup.ensure(config, List.of(limited(small, 2 << 20), limited(large, 30 << 20))));
        try (Admin admin = Samples.admin(config)) {
            set(admin, small, "retention.ms", "7200000");

            Samples.get(TopicSetup.ensure(config, List.of(limited(small, 20 << 20), limited(large, 20 << 20))));

            assertThat(value(admin, small, "max.message.bytes")).isEqualTo(String.valueOf(20 << 20));
            assertThat(value(admin, large, "max.message.bytes")).isEqualTo(String.valueOf(30 << 20));
            assertThat(value(admin, small, "retention.ms")).isEqualTo("7200000");
        }
    }

    private static TopicSpec limited(String name, int bytes) {
        return new TopicSpec(name, 1, Map.of("retention.ms", "3600000", "max.message.bytes", String.valueOf(bytes)));
    }

    private static void set(Admin admin, String topic, String name, String value) throws Exception {
        admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        List.of(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    private static String value(Admin admin, String topic, String name) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return admin.describeConfigs(List.of(resource))
                .all()
                .get()
                .get(resource)
                .get(name)
                .value();
    }
}
