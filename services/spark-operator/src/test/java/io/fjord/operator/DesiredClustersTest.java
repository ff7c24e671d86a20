package io.fjord.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.contract.core.cluster.ClusterEvent;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterCreated;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterDeleted;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterHandedOver;
import io.fjord.contract.core.cluster.ClusterSize;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DesiredClustersTest {

    private static final Address ETL = new Address("default", "cluster", "etl");

    private final MessageTypes types = new MessageTypes().add("core", "cluster", ClusterEvent.class);
    private final List<Address> told = new ArrayList<>();
    private final DesiredClusters clusters = new DesiredClusters(types, told::add);
    private long n;

    @Test
    void who_was_deleted_is_not_kept_and_who_came_under_the_same_name_is_another() {
        happened(created("c1"));
        happened(new ClusterHandedOver("user:ana", "user:bo"));
        assertThat(clusters.knows("c1")).isTrue();
        assertThat(clusters.all())
                .singleElement()
                .satisfies(cluster -> assertThat(cluster.configuredBy()).isEqualTo("user:bo"));

        happened(new ClusterDeleted());
        assertThat(clusters.all()).isEmpty();
        assertThat(clusters.at(ETL)).isNull();
        assertThat(clusters.knows("c1")).isFalse();

        happened(created("c2"));
        assertThat(clusters.knows("c1")).isFalse();
        assertThat(clusters.knows("c2")).isTrue();
        assertThat(told).containsExactly(ETL, ETL, ETL, ETL);
    }

    private static ClusterEvent created(String id) {
        return new ClusterCreated(id, ClusterSize.XS, "ref", null, Instant.EPOCH, Map.of(), null);
    }

    private void happened(ClusterEvent event) {
        n++;
        clusters.apply(
                        "core",
                        List.of(new EventEnvelope<>(
                                "e" + n,
                                types.typeOf(event),
                                "fjord/core",
                                Instant.EPOCH,
                                ETL,
                                new Position(1, n),
                                n,
                                "user:ana",
                                "c",
                                null,
                                null,
                                Outcome.ACCEPTED,
                                null,
                                null,
                                Json.text(event).getBytes(StandardCharsets.UTF_8))))
                .result();
    }
}
