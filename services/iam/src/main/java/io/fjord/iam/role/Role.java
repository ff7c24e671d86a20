package io.fjord.iam.role;

import io.fjord.contract.Address;
import io.fjord.contract.iam.role.RoleEvent;
import io.fjord.contract.iam.role.RoleEvent.RoleChanged;
import io.fjord.contract.iam.role.RoleEvent.RoleCreated;
import io.fjord.contract.iam.role.RoleEvent.RoleDeleted;
import io.fjord.kernel.Thing;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A named set of actions as its events left it.
 *
 * @param id empty until it was created once; then stable
 * @param grants how many grants name it; 0 where it was made of events
 */
public record Role(
        Address address,
        boolean exists,
        String id,
        @Nullable String description,
        List<String> actions,
        Instant createdAt,
        long grants)
        implements Thing, RoleEvent.Cases<Role> {

    static Role none(Address address) {
        return new Role(address, false, "", null, List.of(), Instant.EPOCH, 0);
    }

    Role usedBy(long count) {
        return new Role(address, exists, id, description, actions, createdAt, count);
    }

    @Override
    public Role on(RoleCreated event) {
        return new Role(address, true, event.id(), event.description(), event.actions(), event.createdAt(), grants);
    }

    @Override
    public Role on(RoleChanged event) {
        return new Role(address, true, id, event.description(), event.actions(), createdAt, grants);
    }

    @Override
    public Role on(RoleDeleted event) {
        return new Role(address, false, id, description, actions, createdAt, grants);
    }
}
