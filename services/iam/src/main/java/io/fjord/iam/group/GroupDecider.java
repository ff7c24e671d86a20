package io.fjord.iam.group;

import io.fjord.contract.Address;
import io.fjord.contract.iam.group.GroupCommand;
import io.fjord.contract.iam.group.GroupCommand.AddMembers;
import io.fjord.contract.iam.group.GroupCommand.ChangeGroup;
import io.fjord.contract.iam.group.GroupCommand.CreateGroup;
import io.fjord.contract.iam.group.GroupCommand.DeleteGroup;
import io.fjord.contract.iam.group.GroupCommand.RemoveMembers;
import io.fjord.contract.iam.group.GroupEvent;
import io.fjord.contract.iam.group.GroupEvent.GroupChanged;
import io.fjord.contract.iam.group.GroupEvent.GroupCreated;
import io.fjord.contract.iam.group.GroupEvent.GroupDeleted;
import io.fjord.contract.iam.group.GroupEvent.MembersAdded;
import io.fjord.contract.iam.group.GroupEvent.MembersRemoved;
import io.fjord.iam.Actors;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.List;
import java.util.Objects;

/**
 * The rules of a group.
 *
 * <p>Groups may be members of each other in a circle: each is decided by itself, so a circle cannot be seen here. Who asks for
 * all members of a group goes through each group once.
 */
final class GroupDecider implements Decider<GroupCommand, Group, GroupEvent> {

    static final int MOST_MEMBERS = 10_000;

    @Override
    public Group initial(Address subject) {
        return Group.absent(subject);
    }

    @Override
    public Group evolve(Group state, GroupEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<GroupEvent> decide(GroupCommand command, Group state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(Group group, Context context) implements GroupCommand.Cases<Decision<GroupEvent>> {

        @Override
        public Decision<GroupEvent> on(CreateGroup command) {
            if (group.exists()) {
                return Decision.reject(GroupProblems.alreadyExists(name()));
            }
            String id = group.id().isEmpty() ? context.newId().get() : group.id();
            return Decision.accept(new GroupCreated(id, command.displayName(), command.externalId(), context.now()));
        }

        @Override
        public Decision<GroupEvent> on(ChangeGroup command) {
            if (!group.exists()) {
                return missing();
            }
            if (group.displayName().equals(command.displayName())
                    && Objects.equals(group.externalId(), command.externalId())) {
                return Decision.noEffect("It is so already");
            }
            return Decision.accept(new GroupChanged(command.displayName(), command.externalId()));
        }

        @Override
        public Decision<GroupEvent> on(AddMembers command) {
            if (!group.exists()) {
                return missing();
            }
            List<String> wrong = command.members().stream()
                    .filter(member -> !Actors.isMember(member))
                    .toList();
            if (!wrong.isEmpty()) {
                return Decision.reject(GroupProblems.notMembers(wrong));
            }
            if (command.members().contains(Actors.of(group.address()))) {
                return Decision.reject(GroupProblems.inItself(name()));
            }
            List<String> added = command.members().stream()
                    .filter(member -> !group.members().contains(member))
                    .distinct()
                    .sorted()
                    .toList();
            if (added.isEmpty()) {
                return Decision.noEffect("They are members already");
            }
            if (group.members().size() + added.size() > MOST_MEMBERS) {
                return Decision.reject(GroupProblems.tooManyMembers(name(), MOST_MEMBERS));
            }
            return Decision.accept(new MembersAdded(added));
        }

        @Override
        public Decision<GroupEvent> on(RemoveMembers command) {
            if (!group.exists()) {
                return missing();
            }
            List<String> removed = command.members().stream()
                    .filter(group.members()::contains)
                    .distinct()
                    .sorted()
                    .toList();
            return removed.isEmpty()
                    ? Decision.noEffect("None of them is a member")
                    : Decision.accept(new MembersRemoved(removed));
        }

        @Override
        public Decision<GroupEvent> on(DeleteGroup command) {
            return group.exists() ? Decision.accept(new GroupDeleted()) : missing();
        }

        private Decision<GroupEvent> missing() {
            return Decision.reject(GroupProblems.notFound(name()));
        }

        private String name() {
            return group.address().name();
        }
    }
}
