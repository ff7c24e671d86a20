package io.fjord.iam.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.iam.role.RoleCommand;
import io.fjord.contract.iam.role.RoleCommand.ChangeRole;
import io.fjord.contract.iam.role.RoleCommand.CreateRole;
import io.fjord.contract.iam.role.RoleCommand.DeleteRole;
import io.fjord.contract.iam.role.RoleEvent;
import io.fjord.contract.iam.role.RoleEvent.RoleChanged;
import io.fjord.contract.iam.role.RoleEvent.RoleCreated;
import io.fjord.contract.iam.role.RoleEvent.RoleDeleted;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Quota;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RoleDeciderTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final CreateRole CREATE = new CreateRole("builds", List.of("cluster:*"));

    private final RoleDecider decider = new RoleDecider(Set.of("owner"));
    private Role state = decider.initial(Address.parse("default/role/engineer"));
    private int ids;

    @Test
    void a_name_is_taken_once() {
        assertThat(when(CREATE)).containsExactly(new RoleCreated("id-1", "builds", List.of("cluster:*"), NOW));
        assertThat(refused(CREATE).slug()).isEqualTo("role-already-exists");
    }

    @Test
    void a_deleted_name_is_free_again_and_the_id_goes_on() {
        when(CREATE);
        when(new DeleteRole());

        assertThat(refused(new DeleteRole()).slug()).isEqualTo("role-not-found");
        assertThat(when(CREATE)).containsExactly(new RoleCreated("id-1", "builds", List.of("cluster:*"), NOW));
    }

    @Test
    void a_change_replaces_all_of_it() {
        when(CREATE);

        assertThat(when(new ChangeRole(null, List.of("table:read"))))
                .containsExactly(new RoleChanged(null, List.of("table:read")));
        assertThat(state.actions()).containsExactly("table:read");
        assertThat(decide(new ChangeRole(null, List.of("table:read")))).isInstanceOf(Decision.NoEffect.class);
    }

    @Test
    void what_grants_give_is_not_deleted() {
        when(CREATE);
        state = state.usedBy(3);

        assertThat(refused(new DeleteRole()).detail()).contains("3 grants");

        state = state.usedBy(0);
        assertThat(when(new DeleteRole())).containsExactly(new RoleDeleted());
    }

    @Test
    void built_in_roles_stay_as_they_are() {
        state = decider.initial(Address.parse("default/role/owner"));

        for (RoleCommand wish : List.of(CREATE, new ChangeRole(null, List.of()), new DeleteRole())) {
            assertThat(refused(wish).slug()).isEqualTo("role-built-in");
        }
    }

    @Test
    void all_actions_that_are_none_are_named() {
        assertThat(refused(new CreateRole(null, List.of("read", "cluster:", "cluster:read")))
                        .faults())
                .hasSize(2);
    }

    private Decision<RoleEvent> decide(RoleCommand command) {
        return decider.decide(
                command, state, new Context(NOW, () -> "id-" + ++ids, "user:owner", Quota.unlimited("default")));
    }

    private List<RoleEvent> when(RoleCommand command) {
        Decision<RoleEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Accepted.class);
        List<RoleEvent> events = ((Decision.Accepted<RoleEvent>) decision).events();
        events.forEach(event -> state = decider.evolve(state, event));
        return events;
    }

    private Problem refused(RoleCommand command) {
        Decision<RoleEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Rejected.class);
        return ((Decision.Rejected<RoleEvent>) decision).problem();
    }
}
