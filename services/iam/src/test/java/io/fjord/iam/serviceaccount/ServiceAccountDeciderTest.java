package io.fjord.iam.serviceaccount;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.ActivateServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.ArchiveServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.CreateServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.SuspendServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountArchived;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountCreated;
import io.fjord.iam.Decided;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServiceAccountDeciderTest {

    private static final CreateServiceAccount NIGHTLY = new CreateServiceAccount("loads orders", "user:ana");

    private final Decided<ServiceAccountCommand, ServiceAccount, ServiceAccountEvent> account =
            new Decided<>(new ServiceAccountDecider(), Address.parse("platform/service-account/nightly"));

    @Test
    void is_created_once_and_never_again() {
        assertThat(account.when(NIGHTLY))
                .containsExactly(new ServiceAccountCreated("loads orders", "user:ana", Decided.NOW));
        assertThat(account.refused(NIGHTLY)).isEqualTo("service-account-already-exists");
        account.when(new SuspendServiceAccount("noisy"));
        assertThat(account.refused(NIGHTLY)).isEqualTo("service-account-already-exists");
        assertThat(account.when(new ArchiveServiceAccount("user:ben")))
                .containsExactly(new ServiceAccountArchived("user:ben"));
        assertThat(account.refused(NIGHTLY)).isEqualTo("service-account-archived");
        assertThat(account.refused(new ActivateServiceAccount())).isEqualTo("service-account-archived");
        assertThat(account.nothing(new ArchiveServiceAccount(null))).contains("already");
    }

    @Test
    void somebody_else_answers_for_it() {
        for (String nobody : List.of("group:data", "service-account:nightly", "service:core", "ana")) {
            assertThat(account.refused(new CreateServiceAccount(null, nobody)))
                    .isEqualTo("service-account-owner-refused");
        }
    }

    @Test
    void what_is_not_there_is_not_found() {
        for (ServiceAccountCommand command : List.of(
                new SuspendServiceAccount(null), new ActivateServiceAccount(), new ArchiveServiceAccount(null))) {
            assertThat(account.refused(command)).isEqualTo("service-account-not-found");
        }
    }

    @Test
    void is_suspended_and_activated() {
        account.when(NIGHTLY);
        account.when(new SuspendServiceAccount("noisy"));
        assertThat(account.nothing(new SuspendServiceAccount(null))).contains("already");
        account.when(new ActivateServiceAccount());
        assertThat(account.nothing(new ActivateServiceAccount())).contains("already");
        assertThat(account.refused(new ArchiveServiceAccount("service-account:nightly")))
                .isEqualTo("hand-over-refused");
    }
}
