package io.fjord.iam.grant;

import io.fjord.contract.Address;
import io.fjord.contract.iam.grant.GrantEvent;
import io.fjord.contract.iam.grant.GrantEvent.GrantMade;
import io.fjord.contract.iam.grant.GrantEvent.GrantRevoked;
import io.fjord.kernel.Thing;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who may do what to which, as its events left it. */
public record Grant(
        Address address,
        boolean exists,
        String subject,
        @Nullable String role,
        List<String> actions,
        List<String> resources,
        @Nullable String bundle,
        Instant madeAt)
        implements Thing, GrantEvent.Cases<Grant> {

    static Grant none(Address address) {
        return new Grant(address, false, "", null, List.of(), List.of(), null, Instant.EPOCH);
    }

    @Override
    public Grant on(GrantMade event) {
        return new Grant(
                address,
                true,
                event.subject(),
                event.role(),
                event.actions(),
                event.resources(),
                event.bundle(),
                event.madeAt());
    }

    @Override
    public Grant on(GrantRevoked event) {
        return new Grant(address, false, subject, role, actions, resources, bundle, madeAt);
    }
}
