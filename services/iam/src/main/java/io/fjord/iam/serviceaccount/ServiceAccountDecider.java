package io.fjord.iam.serviceaccount;

import io.fjord.contract.Address;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.ActivateServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.ArchiveServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.CreateServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.HandOverServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.SuspendServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountActivated;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountArchived;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountCreated;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountHandedOver;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountSuspended;
import io.fjord.iam.Actors;
import io.fjord.iam.HandOver;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;

/** The rules of a service account: archived is final, and a name never comes to mean something else. */
final class ServiceAccountDecider implements Decider<ServiceAccountCommand, ServiceAccount, ServiceAccountEvent> {

    @Override
    public ServiceAccount initial(Address subject) {
        return ServiceAccount.absent(subject);
    }

    @Override
    public ServiceAccount evolve(ServiceAccount state, ServiceAccountEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<ServiceAccountEvent> decide(ServiceAccountCommand command, ServiceAccount state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(ServiceAccount account, Context context)
            implements ServiceAccountCommand.Cases<Decision<ServiceAccountEvent>> {

        @Override
        public Decision<ServiceAccountEvent> on(CreateServiceAccount command) {
            return switch (account.state()) {
                case ABSENT ->
                    isOwner(command.owner())
                            ? Decision.accept(
                                    new ServiceAccountCreated(command.description(), command.owner(), context.now()))
                            : Decision.reject(ServiceAccountProblems.badOwner(command.owner()));
                case ACTIVE, SUSPENDED -> Decision.reject(ServiceAccountProblems.alreadyExists(name()));
                case ARCHIVED -> archived();
            };
        }

        @Override
        public Decision<ServiceAccountEvent> on(SuspendServiceAccount command) {
            return switch (account.state()) {
                case ABSENT -> missing();
                case ACTIVE -> Decision.accept(new ServiceAccountSuspended(command.reason()));
                case SUSPENDED -> Decision.noEffect("It is suspended already");
                case ARCHIVED -> archived();
            };
        }

        @Override
        public Decision<ServiceAccountEvent> on(ActivateServiceAccount command) {
            return switch (account.state()) {
                case ABSENT -> missing();
                case ACTIVE -> Decision.noEffect("It is active already");
                case SUSPENDED -> Decision.accept(new ServiceAccountActivated());
                case ARCHIVED -> archived();
            };
        }

        @Override
        public Decision<ServiceAccountEvent> on(ArchiveServiceAccount command) {
            return switch (account.state()) {
                case ABSENT -> missing();
                case ACTIVE, SUSPENDED ->
                    HandOver.fault(account.address(), command.handOverTo())
                            .<Decision<ServiceAccountEvent>>map(Decision::reject)
                            .orElseGet(() -> Decision.accept(new ServiceAccountArchived(command.handOverTo())));
                case ARCHIVED -> Decision.noEffect("It is archived already");
            };
        }

        @Override
        public Decision<ServiceAccountEvent> on(HandOverServiceAccount command) {
            return switch (account.state()) {
                case ABSENT -> missing();
                case ACTIVE, SUSPENDED -> {
                    if (!isOwner(command.to())) {
                        yield Decision.reject(ServiceAccountProblems.badOwner(command.to()));
                    }
                    yield command.to().equals(account.owner())
                            ? Decision.noEffect(command.to() + " answers for it already")
                            : Decision.accept(new ServiceAccountHandedOver(account.owner(), command.to()));
                }
                case ARCHIVED -> archived();
            };
        }

        private boolean isOwner(String owner) {
            return Actors.isActor(owner) && !owner.equals(Actors.of(account.address()));
        }

        private Decision<ServiceAccountEvent> missing() {
            return Decision.reject(ServiceAccountProblems.notFound(name()));
        }

        private Decision<ServiceAccountEvent> archived() {
            return Decision.reject(ServiceAccountProblems.archived(name()));
        }

        private String name() {
            return account.address().name();
        }
    }
}
