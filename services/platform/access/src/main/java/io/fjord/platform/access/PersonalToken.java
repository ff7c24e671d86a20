package io.fjord.platform.access;

import io.fjord.contract.Address;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A personal access token as its events left it.
 *
 * @param owner the actor it speaks for
 * @param cidrs where it may be used from (RFC 4632); empty: anywhere
 */
public record PersonalToken(
        Address address,
        String owner,
        List<ActionPattern> actions,
        List<ResourcePattern> resources,
        List<String> cidrs,
        @Nullable Instant expiresAt,
        boolean suspended) {

    public PersonalToken {
        actions = List.copyOf(actions);
        resources = List.copyOf(resources);
        cidrs = List.copyOf(cidrs);
    }

    PersonalToken suspended(boolean now) {
        return new PersonalToken(address, owner, actions, resources, cidrs, expiresAt, now);
    }

    /** Whether it may be used for this at all; what its owner may not, it may not either. */
    public boolean covers(String action, Address resource) {
        return actions.stream().anyMatch(pattern -> pattern.covers(action))
                && resources.stream().anyMatch(pattern -> pattern.covers(resource));
    }

    /** Whether it may be used for all that its owner may. */
    public boolean coversAll() {
        return actions.stream().anyMatch(ActionPattern::isAny)
                && resources.stream().anyMatch(ResourcePattern::isAny);
    }
}
