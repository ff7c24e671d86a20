package io.fjord.iam.user;

import io.fjord.contract.Address;
import io.fjord.contract.iam.user.UserCommand;
import io.fjord.contract.iam.user.UserCommand.ActivateUser;
import io.fjord.contract.iam.user.UserCommand.ArchiveUser;
import io.fjord.contract.iam.user.UserCommand.ChangeUser;
import io.fjord.contract.iam.user.UserCommand.ForgetUser;
import io.fjord.contract.iam.user.UserCommand.RegisterUser;
import io.fjord.contract.iam.user.UserCommand.SuspendUser;
import io.fjord.contract.iam.user.UserEvent;
import io.fjord.contract.iam.user.UserEvent.UserActivated;
import io.fjord.contract.iam.user.UserEvent.UserArchived;
import io.fjord.contract.iam.user.UserEvent.UserChanged;
import io.fjord.contract.iam.user.UserEvent.UserForgotten;
import io.fjord.contract.iam.user.UserEvent.UserRegistered;
import io.fjord.contract.iam.user.UserEvent.UserSuspended;
import io.fjord.iam.Actors;
import io.fjord.iam.HandOver;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules of a user: archived is final, and an id never comes to mean somebody else. */
final class UserDecider implements Decider<UserCommand, User, UserEvent> {

    @Override
    public User initial(Address subject) {
        return User.absent(subject);
    }

    @Override
    public User evolve(User state, UserEvent event) {
        return event.match(state);
    }

    @Override
    public Set<String> wants(UserCommand command) {
        if (command instanceof RegisterUser register) {
            return Set.of(UserNames.of(register.userName()));
        }
        return command instanceof ChangeUser change ? Set.of(UserNames.of(change.userName())) : Set.of();
    }

    /** Who has left gives the name back, and keeps the id. */
    @Override
    public Set<String> holds(User user) {
        return switch (user.state()) {
            case ACTIVE, SUSPENDED -> Set.of(UserNames.of(user.userName()));
            case ABSENT, ARCHIVED -> Set.of();
        };
    }

    @Override
    public Decision<UserEvent> decide(UserCommand command, User state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(User user, Context context) implements UserCommand.Cases<Decision<UserEvent>> {

        @Override
        public Decision<UserEvent> on(RegisterUser command) {
            if (Actors.isReserved(id())) {
                return Decision.reject(UserProblems.reserved(id()));
            }
            return switch (user.state()) {
                case ABSENT ->
                    named(
                            command.userName(),
                            new UserRegistered(
                                    command.userName(), command.displayName(), command.externalId(), context.now()));
                case ACTIVE, SUSPENDED ->
                    isAs(command.userName(), command.displayName(), command.externalId())
                            ? Decision.noEffect("They are registered already, and " + label())
                            : Decision.reject(UserProblems.alreadyRegistered(id()));
                case ARCHIVED -> Decision.reject(UserProblems.archived(id()));
            };
        }

        @Override
        public Decision<UserEvent> on(ChangeUser command) {
            return switch (user.state()) {
                case ABSENT -> missing();
                case ACTIVE, SUSPENDED ->
                    isAs(command.userName(), command.displayName(), command.externalId())
                            ? Decision.noEffect("That is what is known of them already")
                            : named(
                                    command.userName(),
                                    new UserChanged(command.userName(), command.displayName(), command.externalId()));
                case ARCHIVED -> Decision.reject(UserProblems.archived(id()));
            };
        }

        @Override
        public Decision<UserEvent> on(SuspendUser command) {
            return switch (user.state()) {
                case ABSENT -> missing();
                case ACTIVE -> Decision.accept(new UserSuspended(command.reason()));
                case SUSPENDED -> Decision.noEffect("They are suspended already");
                case ARCHIVED -> Decision.reject(UserProblems.archived(id()));
            };
        }

        @Override
        public Decision<UserEvent> on(ActivateUser command) {
            return switch (user.state()) {
                case ABSENT -> missing();
                case ACTIVE -> Decision.noEffect("They are active already");
                case SUSPENDED -> Decision.accept(new UserActivated());
                case ARCHIVED -> Decision.reject(UserProblems.archived(id()));
            };
        }

        @Override
        public Decision<UserEvent> on(ArchiveUser command) {
            return switch (user.state()) {
                case ABSENT -> missing();
                case ACTIVE, SUSPENDED ->
                    HandOver.fault(user.address(), command.handOverTo())
                            .<Decision<UserEvent>>map(Decision::reject)
                            .orElseGet(() -> Decision.accept(new UserArchived(command.handOverTo())));
                case ARCHIVED -> Decision.noEffect("They are archived already");
            };
        }

        @Override
        public Decision<UserEvent> on(ForgetUser command) {
            return switch (user.state()) {
                case ABSENT -> missing();
                case ACTIVE, SUSPENDED -> Decision.reject(UserProblems.notArchived(id()));
                case ARCHIVED -> {
                    if (!command.confirm().equals(id())) {
                        yield Decision.reject(UserProblems.notConfirmed(id()));
                    }
                    yield user.isForgotten()
                            ? Decision.noEffect("They are forgotten already")
                            : Decision.accept(new UserForgotten(context.now(), command.alsoKnownAs()));
                }
            };
        }

        /** If nobody else has the name. */
        private Decision<UserEvent> named(String userName, UserEvent event) {
            String name = UserNames.of(userName);
            return context.names().admits(name, user.address())
                    ? Decision.accept(event)
                    : Decision.reject(UserProblems.userNameTaken(
                            context.names().holder(name).orElseThrow().name()));
        }

        private boolean isAs(String userName, @Nullable String displayName, @Nullable String externalId) {
            return user.userName().equals(userName)
                    && Objects.equals(user.displayName(), displayName)
                    && Objects.equals(user.externalId(), externalId);
        }

        private Decision<UserEvent> missing() {
            return Decision.reject(UserProblems.notFound(id()));
        }

        private String id() {
            return user.address().name();
        }

        private String label() {
            return user.state().label();
        }
    }
}
