package io.fjord.iam.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.iam.bundle.BundleCommand;
import io.fjord.contract.iam.bundle.BundleCommand.AddResources;
import io.fjord.contract.iam.bundle.BundleCommand.CreateBundle;
import io.fjord.contract.iam.bundle.BundleCommand.DeleteBundle;
import io.fjord.contract.iam.bundle.BundleCommand.RemoveResources;
import io.fjord.contract.iam.bundle.BundleEvent;
import io.fjord.contract.iam.bundle.BundleEvent.BundleCreated;
import io.fjord.contract.iam.bundle.BundleEvent.BundleDeleted;
import io.fjord.contract.iam.bundle.BundleEvent.ResourcesAdded;
import io.fjord.contract.iam.bundle.BundleEvent.ResourcesRemoved;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Quota;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BundleDeciderTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final String ETL = "default/cluster/etl-*";
    private static final String LEDGER = "default/table/ledger.*";

    private final BundleDecider decider = new BundleDecider();
    private Bundle state = decider.initial(Address.parse("default/bundle/finance"));

    @Test
    void a_name_is_taken_once_and_nothing_is_in_it_twice() {
        assertThat(when(new CreateBundle(null, List.of(ETL, ETL))))
                .containsExactly(new BundleCreated("id", null, List.of(ETL), NOW));
        assertThat(refused(new CreateBundle(null, List.of())).slug()).isEqualTo("bundle-already-exists");
    }

    @Test
    void only_what_is_new_is_added_and_only_what_is_there_taken_out() {
        when(new CreateBundle(null, List.of(ETL)));

        assertThat(when(new AddResources(List.of(ETL, LEDGER)))).containsExactly(new ResourcesAdded(List.of(LEDGER)));
        assertThat(decide(new AddResources(List.of(ETL)))).isInstanceOf(Decision.NoEffect.class);
        assertThat(when(new RemoveResources(List.of(ETL, "default/table/none"))))
                .containsExactly(new ResourcesRemoved(List.of(ETL)));
        assertThat(state.resources()).containsExactly(LEDGER);
        assertThat(decide(new RemoveResources(List.of(ETL)))).isInstanceOf(Decision.NoEffect.class);
    }

    @Test
    void what_lies_elsewhere_does_not_belong_in_it() {
        assertThat(refused(new CreateBundle(null, List.of("other/table/t", ETL, "nonsense")))
                        .faults())
                .hasSize(2);
    }

    @Test
    void it_has_an_end() {
        when(new CreateBundle(null, List.of()));
        for (int i = 0; i < BundleDecider.MOST / 200; i++) {
            int from = i * 200;
            when(new AddResources(IntStream.range(from, from + 200)
                    .mapToObj(n -> "default/table/t" + n)
                    .toList()));
        }

        assertThat(refused(new AddResources(List.of(ETL))).slug()).isEqualTo("bundle-full");
    }

    @Test
    void what_grants_are_on_is_not_deleted() {
        when(new CreateBundle(null, List.of(ETL)));
        state = state.usedBy(1);
        assertThat(refused(new DeleteBundle()).detail()).contains("1 grant is on it");

        state = state.usedBy(0);
        assertThat(when(new DeleteBundle())).containsExactly(new BundleDeleted());
        assertThat(refused(new AddResources(List.of(ETL))).slug()).isEqualTo("bundle-not-found");
    }

    private Decision<BundleEvent> decide(BundleCommand command) {
        return decider.decide(command, state, new Context(NOW, () -> "id", "user:owner", Quota.unlimited("default")));
    }

    private List<BundleEvent> when(BundleCommand command) {
        Decision<BundleEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Accepted.class);
        List<BundleEvent> events = ((Decision.Accepted<BundleEvent>) decision).events();
        events.forEach(event -> state = decider.evolve(state, event));
        return events;
    }

    private Problem refused(BundleCommand command) {
        Decision<BundleEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Rejected.class);
        return ((Decision.Rejected<BundleEvent>) decision).problem();
    }
}
