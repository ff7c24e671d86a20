package io.fjord.iam.group;

import io.fjord.contract.Address;
import io.fjord.contract.iam.group.GroupEvent;
import io.fjord.contract.iam.group.GroupEvent.GroupChanged;
import io.fjord.contract.iam.group.GroupEvent.GroupCreated;
import io.fjord.contract.iam.group.GroupEvent.GroupDeleted;
import io.fjord.contract.iam.group.GroupEvent.MembersAdded;
import io.fjord.contract.iam.group.GroupEvent.MembersRemoved;
import io.fjord.kernel.Thing;
import java.time.Instant;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Users, service accounts and other groups under one name, as the events left them.
 *
 * @param id empty until it was created once; then stable
 * @param members {@code user:…}, {@code service-account:…} or {@code group:…}; those named, not those of its groups
 */
public record Group(
        Address address,
        String id,
        String displayName,
        @Nullable String externalId,
        boolean exists,
        SortedSet<String> members,
        Instant createdAt)
        implements Thing, GroupEvent.Cases<Group> {

    public Group {
        members = Collections.unmodifiableSortedSet(new TreeSet<>(members));
    }

    static Group absent(Address address) {
        return new Group(address, "", "", null, false, new TreeSet<>(), Instant.EPOCH);
    }

    @Override
    public Group on(GroupCreated event) {
        return new Group(
                address, event.id(), event.displayName(), event.externalId(), true, new TreeSet<>(), event.createdAt());
    }

    @Override
    public Group on(GroupChanged event) {
        return new Group(address, id, event.displayName(), event.externalId(), exists, members, createdAt);
    }

    @Override
    public Group on(MembersAdded event) {
        TreeSet<String> more = new TreeSet<>(members);
        more.addAll(event.members());
        return with(more);
    }

    @Override
    public Group on(MembersRemoved event) {
        TreeSet<String> fewer = new TreeSet<>(members);
        event.members().forEach(fewer::remove);
        return with(fewer);
    }

    @Override
    public Group on(GroupDeleted event) {
        return new Group(address, id, displayName, externalId, false, new TreeSet<>(), createdAt);
    }

    Group with(SortedSet<String> others) {
        return new Group(address, id, displayName, externalId, exists, others, createdAt);
    }
}
