package io.fjord.iam;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Quota;
import java.time.Instant;
import java.util.List;

/** One thing and what is decided of it, command by command. */
public final class Decided<C, S, E> {

    public static final Instant NOW = Instant.parse("2026-11-21T13:00:00Z");

    private final Decider<C, S, E> decider;
    private S state;
    private int ids;

    public Decided(Decider<C, S, E> decider, Address address) {
        this.decider = decider;
        this.state = decider.initial(address);
    }

    public S state() {
        return state;
    }

    private Decision<E> decide(C command) {
        return decider.decide(
                command, state, new Context(NOW, () -> "id-" + ++ids, "user:operator", Quota.unlimited("platform")));
    }

    public List<E> when(C command) {
        Decision<E> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Accepted.class);
        List<E> events = ((Decision.Accepted<E>) decision).events();
        events.forEach(event -> state = decider.evolve(state, event));
        return events;
    }

    public Problem problem(C command) {
        Decision<E> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Rejected.class);
        return ((Decision.Rejected<E>) decision).problem();
    }

    /** The slug of the problem. */
    public String refused(C command) {
        return problem(command).slug();
    }

    public String nothing(C command) {
        Decision<E> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.NoEffect.class);
        return ((Decision.NoEffect<E>) decision).reason();
    }
}
