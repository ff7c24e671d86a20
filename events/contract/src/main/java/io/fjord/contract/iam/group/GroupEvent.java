package io.fjord.contract.iam.group;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can have happened to users, service accounts and other groups under one name; its address is {@code platform/group/<name>}. */
public sealed interface GroupEvent {

    <R> R match(Cases<R> cases);

    record GroupCreated(
            String id, String displayName, @Nullable String externalId, Instant createdAt) implements GroupEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record GroupChanged(String displayName, @Nullable String externalId) implements GroupEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record MembersAdded(List<String> members) implements GroupEvent {
        public MembersAdded {
            members = List.copyOf(members);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record MembersRemoved(List<String> members) implements GroupEvent {
        public MembersRemoved {
            members = List.copyOf(members);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record GroupDeleted() implements GroupEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(GroupCreated event);

        R on(GroupChanged event);

        R on(MembersAdded event);

        R on(MembersRemoved event);

        R on(GroupDeleted event);
    }
}
