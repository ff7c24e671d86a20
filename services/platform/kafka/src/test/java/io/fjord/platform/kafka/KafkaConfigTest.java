package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaConfigTest {

    @Test
    void producers_send_one_request_at_a_time_so_that_a_new_leader_cannot_reorder_them() {
        assertThat(new KafkaConfig("127.0.0.1:9092").producer())
                .containsEntry("max.in.flight.requests.per.connection", 1)
                .containsEntry("acks", "all")
                .containsEntry("enable.idempotence", true);
    }

    @Test
    void security_settings_are_passed_through_and_cannot_move_the_broker() {
        KafkaConfig config = new KafkaConfig(
                "127.0.0.1:9092",
                Map.of("security.protocol", "SASL_SSL", "bootstrap.servers", "elsewhere:1"),
                3,
                12,
                Duration.ofSeconds(5));
        assertThat(config.consumer())
                .containsEntry("security.protocol", "SASL_SSL")
                .containsEntry("bootstrap.servers", "127.0.0.1:9092");
    }
}
