package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.codec.Json;
import io.fjord.codec.KafkaMessages;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Topics;
import io.fjord.contract.iam.access.AccessObservation.AccessDenied;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.testing.TestServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class DeniedRequestsIT {

    private static final AccessDecision NO =
            new AccessDecision(false, "nothing allows it", List.of("platform/group/data"), "iam=1:12");

    private static AccessRequest request(int n) {
        return new AccessRequest(
                "user:ana",
                "cluster:delete",
                new Address("default", "cluster", "denied-" + n),
                Map.of("address", "10.1.2.3"));
    }

    @Test
    void who_was_refused_is_told_in_sequence_under_the_id_of_the_decision() {
        Vertx vertx = Vertx.vertx();
        KafkaConfig config = Samples.config(TestServers.kafka().bootstrapServers());
        try {
            Samples.get(TopicSetup.ensure(config, List.of(TopicSpec.observations("iam"))));
            DeniedRequests denials = new DeniedRequests(vertx, config, new SimpleMeterRegistry());
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                ids.add(denials.denied(request(i), NO));
            }
            Samples.get(denials.close());

            List<EventEnvelope<byte[]>> told = new ArrayList<>();
            TopicReader reader = new TopicReader(vertx, config);
            for (int i = 0; i < TopicSpec.observations("iam").partitions(); i++) {
                Samples.get(reader.read(new TopicPartition(Topics.observations("iam"), i), 0))
                        .forEach(record -> told.add(KafkaMessages.event(record)));
            }
            told.removeIf(event -> !ids.contains(event.id()));
            told.sort(Comparator.comparing(EventEnvelope::position));

            assertThat(told).extracting(EventEnvelope::id).isEqualTo(ids);
            assertThat(told).extracting(event -> event.position().n()).containsExactlyElementsOf(sequence(20));
            EventEnvelope<byte[]> first = told.get(0);
            assertThat(first.actor()).isEqualTo("user:ana");
            assertThat(first.subject()).isEqualTo(request(0).resource());
            assertThat(first.type()).isEqualTo(DeniedRequests.TYPE);
            assertThat(Json.read(new String(first.data(), StandardCharsets.UTF_8), AccessDenied.class))
                    .isEqualTo(new AccessDenied(
                            "cluster:delete",
                            "nothing allows it",
                            List.of("platform/group/data"),
                            "iam=1:12",
                            "10.1.2.3",
                            null,
                            0));
        } finally {
            Samples.get(vertx.close());
        }
    }

    private static List<Long> sequence(int size) {
        List<Long> all = new ArrayList<>();
        for (long n = 1; n <= size; n++) {
            all.add(n);
        }
        return all;
    }

    @Test
    void what_no_broker_takes_is_counted() {
        Vertx vertx = Vertx.vertx();
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        try {
            DeniedRequests denials = new DeniedRequests(vertx, new KafkaConfig("127.0.0.1:1"), metrics);
            for (int i = 0; i < 2_100; i++) {
                assertThat(denials.denied(request(i), NO)).isNotBlank();
            }
            assertThat(metrics.counter("fjord.access.denials").count()).isEqualTo(2_100);
            assertThat(metrics.counter("fjord.access.denials.dropped").count()).isGreaterThanOrEqualTo(100);
            Samples.get(denials.close());
        } finally {
            Samples.get(vertx.close());
        }
    }
}
