package io.fjord.iam.keycloak;

import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How Keycloak had a user when both sides last agreed.
 *
 * @param groups their names here
 */
record Seen(String userName, @Nullable String displayName, boolean enabled, Set<String> groups) {

    /** Of somebody who was never looked at: all that Keycloak says is news. */
    static final Seen NOTHING = new Seen("", null, true, Set.of());

    Seen {
        groups = Set.copyOf(groups);
    }

    /** Whether both sides ever agreed on what they are called. */
    boolean isKnown() {
        return !userName.isEmpty();
    }

    /** As if in no group. */
    Seen alone() {
        return new Seen(userName, displayName, enabled, Set.of());
    }

    boolean isCalled(String otherName, @Nullable String otherDisplayName) {
        // Keycloak keeps names to log in with in lower case.
        return userName.toLowerCase(Locale.ROOT).equals(otherName.toLowerCase(Locale.ROOT))
                && Objects.equals(displayName, KeycloakUser.normal(otherDisplayName));
    }
}
