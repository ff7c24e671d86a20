package io.fjord.platform.http;

import io.fjord.contract.Address;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who calls.
 *
 * @param id {@code user:…}, {@code service-account:…}, {@code service:…} or {@code platform}; stands in every envelope
 * @param displayName what people call them
 * @param groups those the identity provider tells of; they grant nothing by themselves
 * @param roles those the identity provider tells of; they grant nothing by themselves
 * @param scopes of the token, as OAuth has them
 * @param limits what the token may be used for, of all that its owner may; null for all of it
 * @param token name of the personal access token that was used; null where none was
 */
public record Actor(
        String id,
        @Nullable String displayName,
        Set<String> groups,
        Set<String> roles,
        Set<String> scopes,
        @Nullable Limits limits,
        @Nullable String token) {

    /** Narrows what a token may be used for. */
    @FunctionalInterface
    public interface Limits {
        boolean cover(String action, Address resource);

        /** Whether it may be used for everything, so that a list need not ask for each. */
        default boolean coverAll() {
            return false;
        }
    }

    public Actor {
        groups = Set.copyOf(groups);
        roles = Set.copyOf(roles);
        scopes = Set.copyOf(scopes);
    }

    public Actor(
            String id,
            @Nullable String displayName,
            Set<String> groups,
            Set<String> roles,
            Set<String> scopes,
            @Nullable Limits limits) {
        this(id, displayName, groups, roles, scopes, limits, null);
    }

    public Actor(String id) {
        this(id, null, Set.of(), Set.of(), Set.of(), null);
    }

    /** With a token that is for some things only. */
    public Actor limitedTo(Limits other) {
        return new Actor(id, displayName, groups, roles, scopes, other, token);
    }

    /** @param name of a personal access token */
    public Actor bearing(String name) {
        return new Actor(id, displayName, groups, roles, scopes, limits, name);
    }
}
