package io.fjord.iam.token;

import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.token.TokenCommand;
import io.fjord.contract.iam.token.TokenCommand.CreateToken;
import io.fjord.contract.iam.token.TokenCommand.ResumeToken;
import io.fjord.contract.iam.token.TokenCommand.RevokeToken;
import io.fjord.contract.iam.token.TokenCommand.SuspendToken;
import io.fjord.contract.iam.token.TokenEvent;
import io.fjord.contract.iam.token.TokenEvent.TokenCreated;
import io.fjord.contract.iam.token.TokenEvent.TokenResumed;
import io.fjord.contract.iam.token.TokenEvent.TokenRevoked;
import io.fjord.contract.iam.token.TokenEvent.TokenSuspended;
import io.fjord.iam.Actors;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.ArrayList;
import java.util.List;

/** The rules of a personal access token: what is revoked is never used again. */
final class TokenDecider implements Decider<TokenCommand, Token, TokenEvent> {

    @Override
    public Token initial(Address subject) {
        return Token.absent(subject);
    }

    @Override
    public Token evolve(Token state, TokenEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<TokenEvent> decide(TokenCommand command, Token state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(Token token, Context context) implements TokenCommand.Cases<Decision<TokenEvent>> {

        @Override
        public Decision<TokenEvent> on(CreateToken command) {
            return switch (token.state()) {
                case ABSENT -> create(command);
                case ACTIVE, SUSPENDED -> Decision.noEffect("It is there already");
                case REVOKED -> revoked();
            };
        }

        private Decision<TokenEvent> create(CreateToken command) {
            if (!Actors.isActor(command.owner())) {
                return Decision.reject(TokenProblems.noOwner(command.owner()));
            }
            List<Fault> faults =
                    new ArrayList<>(Patterns.faults(command.actions(), command.resources(), command.cidrs()));
            if (command.expiresAt() != null && !command.expiresAt().isAfter(context.now())) {
                faults.add(new Fault("/expiresAt", "must lie in the future"));
            }
            if (!faults.isEmpty()) {
                return Decision.reject(TokenProblems.notRight(faults));
            }
            return Decision.accept(new TokenCreated(
                    command.owner(),
                    command.label(),
                    command.hash(),
                    command.actions(),
                    command.resources(),
                    command.cidrs(),
                    command.expiresAt(),
                    context.now()));
        }

        @Override
        public Decision<TokenEvent> on(SuspendToken command) {
            return switch (token.state()) {
                case ABSENT -> missing();
                case ACTIVE -> Decision.accept(new TokenSuspended());
                case SUSPENDED -> Decision.noEffect("It is suspended already");
                case REVOKED -> revoked();
            };
        }

        @Override
        public Decision<TokenEvent> on(ResumeToken command) {
            return switch (token.state()) {
                case ABSENT -> missing();
                case ACTIVE -> Decision.noEffect("It is active already");
                case SUSPENDED -> Decision.accept(new TokenResumed());
                case REVOKED -> revoked();
            };
        }

        @Override
        public Decision<TokenEvent> on(RevokeToken command) {
            return switch (token.state()) {
                case ABSENT -> missing();
                case ACTIVE, SUSPENDED -> Decision.accept(new TokenRevoked());
                case REVOKED -> Decision.noEffect("It is revoked already");
            };
        }

        private Decision<TokenEvent> missing() {
            return Decision.reject(TokenProblems.notFound(token.address().name()));
        }

        private Decision<TokenEvent> revoked() {
            return Decision.reject(TokenProblems.revoked(token.address().name()));
        }
    }
}
