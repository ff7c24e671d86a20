package io.fjord.contract.iam.group;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can be wished of users, service accounts and other groups under one name; its address is {@code platform/group/<name>}. */
public sealed interface GroupCommand {

    <R> R match(Cases<R> cases);

    record CreateGroup(String displayName, @Nullable String externalId) implements GroupCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ChangeGroup(String displayName, @Nullable String externalId) implements GroupCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * Add those who are not members yet.
     *
     * @param members {@code user:…}, {@code service-account:…} or {@code group:…}
     */
    record AddMembers(List<String> members) implements GroupCommand {
        public AddMembers {
            members = List.copyOf(members);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Remove those who are members. */
    record RemoveMembers(List<String> members) implements GroupCommand {
        public RemoveMembers {
            members = List.copyOf(members);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record DeleteGroup() implements GroupCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateGroup command);

        R on(ChangeGroup command);

        R on(AddMembers command);

        R on(RemoveMembers command);

        R on(DeleteGroup command);
    }
}
