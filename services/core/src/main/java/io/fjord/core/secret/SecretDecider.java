package io.fjord.core.secret;

import io.fjord.contract.Address;
import io.fjord.contract.core.secret.SecretCommand;
import io.fjord.contract.core.secret.SecretCommand.CreateSecret;
import io.fjord.contract.core.secret.SecretCommand.DeleteSecret;
import io.fjord.contract.core.secret.SecretCommand.RotateSecret;
import io.fjord.contract.core.secret.SecretEvent;
import io.fjord.contract.core.secret.SecretEvent.SecretCreated;
import io.fjord.contract.core.secret.SecretEvent.SecretDeleted;
import io.fjord.contract.core.secret.SecretEvent.SecretRotated;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;

/** The rules of a secret. */
final class SecretDecider implements Decider<SecretCommand, Secret, SecretEvent> {

    @Override
    public Secret initial(Address subject) {
        return Secret.absent(subject);
    }

    @Override
    public Secret evolve(Secret state, SecretEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<SecretEvent> decide(SecretCommand command, Secret state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(Secret secret, Context context) implements SecretCommand.Cases<Decision<SecretEvent>> {

        @Override
        public Decision<SecretEvent> on(CreateSecret command) {
            if (secret.exists()) {
                return Decision.reject(
                        SecretProblems.alreadyExists(secret.address().name()));
            }
            String id = secret.id().isEmpty() ? context.newId().get() : secret.id();
            return Decision.accept(new SecretCreated(
                    id, command.secretRef(), command.description(), context.now(), command.reference()));
        }

        @Override
        public Decision<SecretEvent> on(RotateSecret command) {
            return secret.exists()
                    ? Decision.accept(new SecretRotated(command.secretRef(), context.now(), command.reference()))
                    : missing();
        }

        @Override
        public Decision<SecretEvent> on(DeleteSecret command) {
            return secret.exists() ? Decision.accept(new SecretDeleted()) : missing();
        }

        private Decision<SecretEvent> missing() {
            return Decision.reject(SecretProblems.notFound(
                    secret.address().domain(), secret.address().name()));
        }
    }
}
