package io.fjord.platform.http;

import io.fjord.contract.Address;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds personal access tokens by their hash. */
@FunctionalInterface
public interface PersonalTokens {

    /** How every one of them begins. */
    String PREFIX = "fjord_pat_";

    /**
     * @param hash SHA-256 of the whole token, hex
     * @return empty for one that never was, or was revoked
     */
    Optional<PersonalToken> find(String hash);

    /**
     * @param owner the actor it speaks for
     * @param limits what it may be used for, of all that its owner may
     * @param cidrs where it may be used from (RFC 4632); none for anywhere
     * @param expiresAt null for never
     */
    record PersonalToken(
            Address address,
            String owner,
            Actor.Limits limits,
            List<String> cidrs,
            @Nullable Instant expiresAt,
            boolean suspended) {

        public PersonalToken {
            cidrs = List.copyOf(cidrs);
        }
    }
}
