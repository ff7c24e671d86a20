package io.fjord.platform.access;

import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Denials;
import io.fjord.kernel.Guard;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Asks once more whether the personal access token that a command was wished with may be used for it: suspended, revoked or run out
 * while the command was on its way counts, and so do its limits, whichever door the command came in by. What its owner may is asked
 * by {@link CommandGuard}.
 */
public final class TokenGuard implements Guard {

    private static final String CREATE_TOKEN = "fjord.iam.token.CreateToken.v1";
    private static final long PATIENCE_SECONDS = 60;

    private final Function<Address, Optional<PersonalToken>> tokens;
    private final BiPredicate<List<String>, String> isWithin;
    private final Supplier<Future<Void>> known;
    private final Denials denials;
    private final Clock clock;

    /**
     * @param isWithin whether an address lies in one of these CIDR blocks (RFC 4632)
     * @param known completes when the tokens are known: none is refused only because it is not yet
     */
    public TokenGuard(
            Function<Address, Optional<PersonalToken>> tokens,
            BiPredicate<List<String>, String> isWithin,
            Supplier<Future<Void>> known,
            Denials denials,
            Clock clock) {
        this.tokens = tokens;
        this.isWithin = isWithin;
        this.known = known;
        this.denials = denials;
        this.clock = clock;
    }

    @Override
    public Future<Optional<Problem>> check(CommandEnvelope<byte[]> command) {
        String name = command.origin().token();
        if (name == null) {
            return Future.succeededFuture(Optional.empty());
        }
        Address token = new Address("platform", "token", name);
        Future<Void> rules = known.get();
        return rules.isComplete()
                ? Future.succeededFuture(decided(command, token))
                : rules.timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                        .transform(done -> Future.succeededFuture(decided(command, token)));
    }

    private Optional<Problem> decided(CommandEnvelope<byte[]> command, Address name) {
        String action = CommandActions.of(command.type()).orElse(command.type());
        Optional<PersonalToken> found = tokens.apply(name);
        if (found.isEmpty()) {
            return refused(command, action, "token " + name.name() + " is not known, or revoked");
        }
        PersonalToken token = found.get();
        if (!token.owner().equals(command.actor())) {
            return refused(command, action, "token " + name.name() + " is that of " + token.owner());
        }
        if (token.suspended()) {
            return refused(command, action, "token " + name.name() + " is suspended");
        }
        if (token.expiresAt() != null && !token.expiresAt().isAfter(clock.instant())) {
            return refused(command, action, "token " + name.name() + " ran out at " + token.expiresAt());
        }
        String address = command.origin().address();
        if (!token.cidrs().isEmpty() && (address == null || !isWithin.test(token.cidrs(), address))) {
            return refused(
                    command,
                    action,
                    "token " + name.name() + " is not for use from "
                            + (address == null ? "an address that is not known" : address));
        }
        AccessRequest request = AssetRights.followed(AccessRequest.of(command.actor(), action, command.subject()));
        if (command.type().equals(CREATE_TOKEN) || !token.covers(request.action(), request.resource())) {
            return refused(command, action, "token " + name.name() + " is not for that");
        }
        return Optional.empty();
    }

    private Optional<Problem> refused(CommandEnvelope<byte[]> command, String action, String why) {
        AccessRequest request = AccessRequest.of(command.actor(), action, command.subject());
        String id = denials.denied(request, new AccessDecision(false, why, List.of(), ""));
        return Optional.of(Problem.of(
                "access-denied",
                403,
                "You may not do this",
                "You may not " + action + " on " + command.subject() + " with this token: " + why + " (decision " + id
                        + "). Log in, or use a token that is for it. GET /api/v1/decisions/" + id + " tells more."));
    }
}
