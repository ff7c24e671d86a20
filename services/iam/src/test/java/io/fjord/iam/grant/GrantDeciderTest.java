package io.fjord.iam.grant;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.grant.GrantCommand;
import io.fjord.contract.iam.grant.GrantCommand.MakeGrant;
import io.fjord.contract.iam.grant.GrantCommand.RevokeGrant;
import io.fjord.contract.iam.grant.GrantEvent;
import io.fjord.contract.iam.grant.GrantEvent.GrantMade;
import io.fjord.contract.iam.grant.GrantEvent.GrantRevoked;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Quota;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrantDeciderTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final MakeGrant WISH = new MakeGrant(
            "group:data", "engineer", List.of("cluster:read"), List.of("default/cluster/etl-*"), "finance");

    private final GrantDecider decider = new GrantDecider();
    private Grant state = decider.initial(Address.parse("default/grant/g1"));

    @Test
    void what_was_wished_is_granted() {
        assertThat(when(WISH))
                .containsExactly(new GrantMade(
                        "group:data",
                        "engineer",
                        List.of("cluster:read"),
                        List.of("default/cluster/etl-*"),
                        "finance",
                        NOW));
    }

    @Test
    void the_same_twice_is_once_and_another_under_the_same_id_is_refused() {
        when(WISH);

        assertThat(decide(WISH)).isInstanceOf(Decision.NoEffect.class);
        assertThat(refused(new MakeGrant("group:data", "owner", List.of(), List.of("default/*/*"), null))
                        .slug())
                .isEqualTo("grant-already-exists");
    }

    @Test
    void a_revoked_grant_is_no_longer_there_and_can_be_made_again() {
        when(WISH);

        assertThat(when(new RevokeGrant())).containsExactly(new GrantRevoked());
        assertThat(refused(new RevokeGrant()).slug()).isEqualTo("grant-not-found");
        assertThat(when(WISH)).hasExactlyElementsOfTypes(GrantMade.class);
    }

    @Test
    void all_that_is_wrong_is_named_at_once() {
        Problem problem = refused(new MakeGrant(
                "ana",
                null,
                List.of("read", "cluster:re*d", "*:*"),
                List.of("default/cluster", "default/*x/etl", "other/cluster/*", "*/*/*", "default/*/a*"),
                null));

        assertThat(problem.slug()).isEqualTo("invalid-request");
        assertThat(problem.faults())
                .extracting(Fault::pointer)
                .containsExactly(
                        "/subject",
                        "/actions/0",
                        "/actions/1",
                        "/resources/0",
                        "/resources/1",
                        "/resources/2",
                        "/resources/3");
    }

    @Test
    void it_gives_something_on_something() {
        assertThat(refused(new MakeGrant("user:ana", null, List.of(), List.of(), null))
                        .faults())
                .extracting(Fault::pointer)
                .containsExactly("/role", "/resources");
    }

    @Test
    void in_the_platform_domain_it_may_reach_into_all() {
        state = decider.initial(Address.parse("platform/grant/g1"));

        assertThat(when(new MakeGrant("user:ana", "platform-admin", List.of(), List.of("*/*/*"), null)))
                .hasSize(1);
    }

    private Decision<GrantEvent> decide(GrantCommand command) {
        return decider.decide(command, state, new Context(NOW, () -> "id", "user:owner", Quota.unlimited("default")));
    }

    private List<GrantEvent> when(GrantCommand command) {
        assertThat(decide(command)).isInstanceOf(Decision.Accepted.class);
        List<GrantEvent> events = ((Decision.Accepted<GrantEvent>) decide(command)).events();
        events.forEach(event -> state = decider.evolve(state, event));
        return events;
    }

    private Problem refused(GrantCommand command) {
        assertThat(decide(command)).isInstanceOf(Decision.Rejected.class);
        return ((Decision.Rejected<GrantEvent>) decide(command)).problem();
    }
}
