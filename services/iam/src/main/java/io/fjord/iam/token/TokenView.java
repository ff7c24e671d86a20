package io.fjord.iam.token;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.kernel.Stored;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A token as the API shows it.
 *
 * @param value the token itself, to who made it and nobody else
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record TokenView(
        String id,
        String owner,
        String label,
        List<String> actions,
        List<String> resources,
        List<String> cidrs,
        @Nullable Instant expiresAt,
        String state,
        @Nullable Instant lastUsedAt,
        @Nullable String lastUsedFrom,
        Instant createdAt,
        long version,
        @Nullable String value) {

    static TokenView of(Stored<Token> stored, TokenUses uses) {
        Token token = stored.state();
        TokenUses.Use use = uses.of(token.address().name());
        return new TokenView(
                token.address().name(),
                token.owner(),
                token.label(),
                token.scope().actions(),
                token.scope().resources(),
                token.scope().cidrs(),
                token.scope().expiresAt(),
                token.state().label(),
                use == null ? null : use.at(),
                use == null ? null : use.from(),
                token.createdAt(),
                stored.version(),
                null);
    }

    TokenView with(String token) {
        return new TokenView(
                id,
                owner,
                label,
                actions,
                resources,
                cidrs,
                expiresAt,
                state,
                lastUsedAt,
                lastUsedFrom,
                createdAt,
                version,
                token);
    }

    @Override
    public String toString() {
        return "TokenView[" + id + ", " + state + "]";
    }
}
