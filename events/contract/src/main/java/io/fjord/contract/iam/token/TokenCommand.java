package io.fjord.contract.iam.token;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can be wished of a personal access token; its address is {@code platform/token/<id>}. */
public sealed interface TokenCommand {

    <R> R match(Cases<R> cases);

    /**
     * The token itself is an HMAC of the command id under the server's key, so a retry yields the same one; only its hash travels.
     *
     * @param owner {@code user:…} or {@code service-account:…}
     * @param hash SHA-256 of the token, hex
     * @param actions what it may be used for, patterns like {@code cluster:*}; never more than its owner may
     * @param resources patterns like {@code default/cluster/*}
     * @param cidrs where it may be used from (RFC 4632); empty: anywhere
     */
    record CreateToken(
            String owner,
            String label,
            String hash,
            List<String> actions,
            List<String> resources,
            List<String> cidrs,
            @Nullable Instant expiresAt)
            implements TokenCommand {
        public CreateToken {
            actions = List.copyOf(actions);
            resources = List.copyOf(resources);
            cidrs = List.copyOf(cidrs);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record SuspendToken() implements TokenCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ResumeToken() implements TokenCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Refused for ever. */
    record RevokeToken() implements TokenCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateToken command);

        R on(SuspendToken command);

        R on(ResumeToken command);

        R on(RevokeToken command);
    }
}
