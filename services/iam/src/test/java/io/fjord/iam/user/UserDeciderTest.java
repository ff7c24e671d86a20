package io.fjord.iam.user;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.fjord.iam.Decided;
import java.util.List;
import org.junit.jupiter.api.Test;

class UserDeciderTest {

    private static final RegisterUser ANA = new RegisterUser("ana@example.com", "Ana", "hr-1");

    private final Decided<UserCommand, User, UserEvent> user =
            new Decided<>(new UserDecider(), Address.parse("platform/user/ana"));

    @Test
    void is_registered_once() {
        assertThat(user.when(ANA)).containsExactly(new UserRegistered("ana@example.com", "Ana", "hr-1", Decided.NOW));
        assertThat(user.nothing(ANA)).contains("registered already");
        assertThat(user.state().state()).isEqualTo(User.State.ACTIVE);
    }

    @Test
    void an_id_never_comes_to_mean_somebody_else() {
        user.when(ANA);
        RegisterUser other = new RegisterUser("eve@example.com", "Eve", "hr-2");

        assertThat(user.refused(other)).isEqualTo("user-already-registered");
        user.when(new SuspendUser(null));
        assertThat(user.refused(other)).isEqualTo("user-already-registered");
        assertThat(user.nothing(ANA)).contains("suspended");
        user.when(new ArchiveUser(null));
        assertThat(user.refused(other)).isEqualTo("user-archived");
        assertThat(user.refused(ANA)).isEqualTo("user-archived");
    }

    @Test
    void is_suspended_and_activated() {
        user.when(ANA);

        assertThat(user.when(new SuspendUser("lost a laptop"))).containsExactly(new UserSuspended("lost a laptop"));
        assertThat(user.state().reason()).isEqualTo("lost a laptop");
        assertThat(user.nothing(new SuspendUser("again"))).contains("already");
        assertThat(user.when(new ActivateUser())).containsExactly(new UserActivated());
        assertThat(user.state().reason()).isNull();
        assertThat(user.nothing(new ActivateUser())).contains("already");
    }

    @Test
    void archived_is_final() {
        user.when(ANA);
        assertThat(user.when(new ArchiveUser("user:ben"))).containsExactly(new UserArchived("user:ben"));

        assertThat(user.nothing(new ArchiveUser("user:eve"))).contains("archived already");
        assertThat(user.state().handedOverTo()).isEqualTo("user:ben");
        for (UserCommand command :
                List.of(new ActivateUser(), new SuspendUser(null), new ChangeUser("x", null, null))) {
            assertThat(user.refused(command)).isEqualTo("user-archived");
        }
    }

    @Test
    void is_handed_over_to_somebody_else_who_can_act() {
        user.when(ANA);
        for (String nobody : List.of("user:ana", "group:data", "ben", "user:", "user:a/b")) {
            assertThat(user.refused(new ArchiveUser(nobody))).isEqualTo("hand-over-refused");
        }
        user.when(new ArchiveUser("service-account:nightly"));
    }

    @Test
    void is_changed() {
        user.when(ANA);
        assertThat(user.when(new ChangeUser("ana@example.com", null, null)))
                .containsExactly(new UserChanged("ana@example.com", null, null));
        assertThat(user.nothing(new ChangeUser("ana@example.com", null, null))).contains("already");
    }

    @Test
    void who_is_not_there_is_not_found() {
        for (UserCommand command : List.of(
                new ActivateUser(), new SuspendUser(null), new ArchiveUser(null), new ChangeUser("x", null, null))) {
            assertThat(user.refused(command)).isEqualTo("user-not-found");
        }
    }

    @Test
    void the_ids_of_the_platform_are_nobodys() {
        Decided<UserCommand, User, UserEvent> operator =
                new Decided<>(new UserDecider(), Address.parse("platform/user/operator"));
        assertThat(operator.refused(ANA)).isEqualTo("actor-reserved");
    }

    @Test
    void is_forgotten_once_they_have_left_and_somebody_confirmed_it() {
        ForgetUser forget = new ForgetUser("ana", List.of("kc-7"));
        assertThat(user.refused(forget)).isEqualTo("user-not-found");
        user.when(ANA);
        assertThat(user.refused(forget)).isEqualTo("user-not-archived");
        user.when(new ArchiveUser("user:ben"));

        assertThat(user.refused(new ForgetUser("anna", List.of()))).isEqualTo("forgetting-not-confirmed");
        assertThat(user.when(forget)).containsExactly(new UserForgotten(Decided.NOW, List.of("kc-7")));
        assertThat(user.nothing(forget)).contains("already");
        assertThat(user.state())
                .isEqualTo(new User(
                        Address.parse("platform/user/ana"),
                        "(forgotten)",
                        null,
                        null,
                        User.State.ARCHIVED,
                        null,
                        "user:ben",
                        Decided.NOW,
                        Decided.NOW));
        assertThat(user.refused(ANA)).isEqualTo("user-archived");
    }
}
