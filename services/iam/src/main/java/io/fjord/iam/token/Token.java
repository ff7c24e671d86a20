package io.fjord.iam.token;

import io.fjord.contract.Address;
import io.fjord.contract.iam.token.TokenEvent;
import io.fjord.contract.iam.token.TokenEvent.TokenCreated;
import io.fjord.contract.iam.token.TokenEvent.TokenResumed;
import io.fjord.contract.iam.token.TokenEvent.TokenRevoked;
import io.fjord.contract.iam.token.TokenEvent.TokenSuspended;
import io.fjord.kernel.Thing;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A personal access token as the events left it; the token itself is nowhere, its hash alone.
 *
 * <pre>
 *   absent ─► active ◄─► suspended
 *                └───► revoked ◄──┘
 * </pre>
 */
record Token(Address address, String owner, String label, String hash, Scope scope, State state, Instant createdAt)
        implements Thing, TokenEvent.Cases<Token> {

    /**
     * What it may be used for, of all that its owner may.
     *
     * @param cidrs where from; empty: anywhere
     * @param expiresAt null: never
     */
    record Scope(
            List<String> actions,
            List<String> resources,
            List<String> cidrs,
            @Nullable Instant expiresAt) {
        Scope {
            actions = List.copyOf(actions);
            resources = List.copyOf(resources);
            cidrs = List.copyOf(cidrs);
        }

        static final Scope NONE = new Scope(List.of(), List.of(), List.of(), null);
    }

    enum State {
        ABSENT,
        ACTIVE,
        SUSPENDED,
        REVOKED;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        static State of(String label) {
            return valueOf(label.toUpperCase(Locale.ROOT));
        }
    }

    static Token absent(Address address) {
        return new Token(address, "", "", "", Scope.NONE, State.ABSENT, Instant.EPOCH);
    }

    @Override
    public Token on(TokenCreated event) {
        return new Token(
                address,
                event.owner(),
                event.label(),
                event.hash(),
                new Scope(event.actions(), event.resources(), event.cidrs(), event.expiresAt()),
                State.ACTIVE,
                event.createdAt());
    }

    @Override
    public Token on(TokenSuspended event) {
        return at(State.SUSPENDED);
    }

    @Override
    public Token on(TokenResumed event) {
        return at(State.ACTIVE);
    }

    @Override
    public Token on(TokenRevoked event) {
        return at(State.REVOKED);
    }

    private Token at(State next) {
        return new Token(address, owner, label, hash, scope, next, createdAt);
    }

    @Override
    public String toString() {
        return "Token[" + address + ", " + state + "]";
    }
}
