package io.fjord.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.core.cluster.ClusterCommand;
import io.fjord.contract.core.cluster.ClusterCommand.CreateCluster;
import io.fjord.contract.core.cluster.ClusterCommand.DeleteCluster;
import io.fjord.contract.core.cluster.ClusterCommand.ExpireClusterState;
import io.fjord.contract.core.cluster.ClusterCommand.HandOverCluster;
import io.fjord.contract.core.cluster.ClusterCommand.ReportClusterIdle;
import io.fjord.contract.core.cluster.ClusterCommand.ReportDriverFailed;
import io.fjord.contract.core.cluster.ClusterCommand.ReportDriverReady;
import io.fjord.contract.core.cluster.ClusterCommand.ReportDriverStopped;
import io.fjord.contract.core.cluster.ClusterCommand.ResizeCluster;
import io.fjord.contract.core.cluster.ClusterCommand.StartCluster;
import io.fjord.contract.core.cluster.ClusterCommand.StopCluster;
import io.fjord.contract.core.cluster.ClusterEvent;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterCreated;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterFailed;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterHandedOver;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterResized;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterRunning;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterStarting;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterStopped;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterStopping;
import io.fjord.contract.core.cluster.ClusterSize;
import io.fjord.contract.core.cluster.Endpoints;
import io.fjord.core.cluster.ClusterDecider.NamedCluster;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Quota;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClusterDeciderTest {

    private static final Endpoints ENDPOINTS =
            new Endpoints("sc://localhost:1", "http://127.0.0.1:2", "grpc://127.0.0.1:3");

    private final ClusterDecider decider = new ClusterDecider();
    private NamedCluster state = decider.initial(Address.parse("default/cluster/etl"));
    private Instant now = Instant.parse("2026-11-21T09:00:00Z");
    private Quota quota = new Quota("default", Map.of("cores", new Quota.Allowance(8, 0)));

    @BeforeEach
    void created() {
        assertThat(when(new CreateCluster(ClusterSize.S, "ref", 600, null)))
                .hasExactlyElementsOfTypes(ClusterCreated.class, ClusterStarting.class);
    }

    @Test
    void a_name_is_taken_once() {
        assertThat(refused(new CreateCluster(ClusterSize.S, "ref", null, null)).slug())
                .isEqualTo("cluster-already-exists");
    }

    @Test
    void a_deleted_name_is_free_again_and_the_id_and_generation_go_on() {
        String id = state.cluster().id();
        when(new DeleteCluster());

        List<ClusterEvent> events = when(new CreateCluster(ClusterSize.XS, "other", null, null));

        assertThat(state.cluster().id()).isEqualTo(id);
        assertThat(events.get(1))
                .isInstanceOfSatisfying(
                        ClusterStarting.class,
                        starting -> assertThat(starting.generation()).isEqualTo(2));
    }

    @Test
    void it_is_whose_wish_it_was_until_it_is_handed_over() {
        String creator = state.cluster().owner();
        assertThat(creator).startsWith("user:");

        assertThat(when(new HandOverCluster("service-account:robot")))
                .containsExactly(new ClusterHandedOver(creator, "service-account:robot"));
        assertThat(state.cluster().owner()).isEqualTo("service-account:robot");
        assertThat(nothing(new HandOverCluster("service-account:robot"))).contains("already");
        for (String nobody : List.of("group:data", "service:core", "ana", "user:")) {
            assertThat(refused(new HandOverCluster(nobody)).slug()).isEqualTo("hand-over-refused");
        }
        when(new DeleteCluster());
        assertThat(refused(new HandOverCluster("user:ana")).status()).isEqualTo(404);
    }

    @Test
    void the_quota_counts_cores_of_active_clusters_only() {
        quota = new Quota("default", Map.of("cores", new Quota.Allowance(8, 7)));
        assertThat(refused(new ResizeCluster(ClusterSize.M)).detail())
                .contains("8 cores")
                .contains("uses 7");
        ready();
        when(new StopCluster());
        when(new ReportDriverStopped(1));
        assertThat(decider.usage(state)).containsEntry("cores", 0L).containsEntry("clusters", 1L);
        assertThat(when(new ResizeCluster(ClusterSize.XL))).containsExactly(new ClusterResized(ClusterSize.XL));
        assertThat(refused(new StartCluster()).slug()).isEqualTo("quota-exceeded");
    }

    @Test
    void a_ready_driver_makes_it_run_once() {
        assertThat(ready()).hasExactlyElementsOfTypes(ClusterRunning.class);
        assertThat(nothing(new ReportDriverReady(1, 1, ENDPOINTS))).contains("running");
        assertThat(decider.deadline(state, 3)).isEmpty();
    }

    @Test
    void reports_of_another_generation_or_attempt_are_stale() {
        nothing(new ReportDriverReady(2, 1, ENDPOINTS));
        nothing(new ReportDriverReady(1, 2, ENDPOINTS));
        nothing(new ReportDriverFailed(1, 2, "x"));
        nothing(new ReportDriverStopped(1));
    }

    @Test
    void a_driver_that_dies_is_tried_again_later_and_later_then_given_up() {
        Instant before = Instant.EPOCH;
        for (int attempt = 1; attempt < ClusterDecider.MOST_ATTEMPTS; attempt++) {
            ClusterStarting next = (ClusterStarting)
                    when(new ReportDriverFailed(1, attempt, "boom")).get(0);
            assertThat(next.attempt()).isEqualTo(attempt + 1);
            assertThat(next.notBefore()).isAfter(before).isAfter(now);
            before = next.notBefore();
        }
        assertThat(when(new ReportDriverFailed(1, ClusterDecider.MOST_ATTEMPTS, "boom")))
                .hasExactlyElementsOfTypes(ClusterFailed.class);
    }

    @Test
    void a_driver_that_lived_long_and_dies_starts_a_new_generation() {
        ready();
        now = now.plus(Duration.ofHours(1));

        ClusterStarting next =
                (ClusterStarting) when(new ReportDriverFailed(1, 1, "killed")).get(0);

        assertThat(next.generation()).isEqualTo(2);
        assertThat(next.attempt()).isEqualTo(1);
    }

    @Test
    void a_resize_while_it_runs_starts_it_anew() {
        ready();
        assertThat(when(new ResizeCluster(ClusterSize.M)))
                .hasExactlyElementsOfTypes(ClusterResized.class, ClusterStarting.class);
        nothing(new ResizeCluster(ClusterSize.M));
    }

    @Test
    void stopping_ends_by_report_or_by_deadline() {
        ready();
        ClusterStopping stopping = (ClusterStopping) when(new StopCluster()).get(0);
        assertThat(refused(new StartCluster()).slug()).isEqualTo("cluster-stopping");
        nothing(new ExpireClusterState(stopping.deadline().plusSeconds(1)));
        assertThat(decider.deadline(state, 4))
                .hasValueSatisfying(deadline -> assertThat(deadline.due()).isEqualTo(stopping.deadline()));
        assertThat(when(new ExpireClusterState(stopping.deadline()))).containsExactly(new ClusterStopped(1));
        nothing(new StopCluster());
    }

    @Test
    void a_start_that_takes_too_long_fails() {
        Instant deadline = decider.deadline(state, 2).orElseThrow().due();
        assertThat(when(new ExpireClusterState(deadline))).hasExactlyElementsOfTypes(ClusterFailed.class);
        assertThat(when(new StartCluster())).hasExactlyElementsOfTypes(ClusterStarting.class);
    }

    @Test
    void an_idle_cluster_stops_after_its_time_not_before() {
        ready();
        nothing(new ReportClusterIdle(1, 599));
        assertThat(when(new ReportClusterIdle(1, 600)).get(0))
                .isInstanceOfSatisfying(
                        ClusterStopping.class,
                        stopping -> assertThat(stopping.reason()).isEqualTo("idle"));
    }

    @Test
    void what_does_not_exist_says_so() {
        when(new DeleteCluster());
        for (ClusterCommand command :
                List.of(new StartCluster(), new StopCluster(), new DeleteCluster(), new ResizeCluster(ClusterSize.L))) {
            assertThat(refused(command).slug()).isEqualTo("cluster-not-found");
        }
        assertThat(decider.usage(state)).isEmpty();
    }

    private List<ClusterEvent> ready() {
        return when(new ReportDriverReady(1, 1, ENDPOINTS));
    }

    private Decision<ClusterEvent> decide(ClusterCommand command) {
        return decider.decide(command, state, new Context(now, () -> "id-" + now, "user:operator", quota));
    }

    private List<ClusterEvent> when(ClusterCommand command) {
        Decision<ClusterEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Accepted.class);
        List<ClusterEvent> events = ((Decision.Accepted<ClusterEvent>) decision).events();
        for (ClusterEvent event : events) {
            state = decider.evolve(state, event);
        }
        return events;
    }

    private Problem refused(ClusterCommand command) {
        Decision<ClusterEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Rejected.class);
        return ((Decision.Rejected<ClusterEvent>) decision).problem();
    }

    private String nothing(ClusterCommand command) {
        Decision<ClusterEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.NoEffect.class);
        return ((Decision.NoEffect<ClusterEvent>) decision).reason();
    }
}
