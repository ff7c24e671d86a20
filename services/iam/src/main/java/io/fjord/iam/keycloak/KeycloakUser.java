package io.fjord.iam.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.iam.IssuerGroups;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A user as Keycloak has them.
 *
 * @param row all that Keycloak tells of them
 * @param groups ids of their groups there, by their names here
 */
record KeycloakUser(ObjectNode row, Map<String, JsonNode> groups) {

    /** Who they are for Fjord where that is not Keycloak's own id; only administrators may write it. */
    static final String FJORD_ID = "fjord-id";

    static KeycloakUser of(JsonNode row, JsonNode groups) {
        Map<String, JsonNode> byName = new TreeMap<>();
        groups.forEach(group -> byName.put(IssuerGroups.name(group.path("path").asText()), group));
        return new KeycloakUser((ObjectNode) row, byName);
    }

    String keycloakId() {
        return row.path("id").asText();
    }

    /** Who they are here. */
    String id() {
        String own = row.path("attributes").path(FJORD_ID).path(0).asText("");
        return own.isEmpty() ? keycloakId() : own;
    }

    String userName() {
        return row.path("username").asText();
    }

    /** Null for none. */
    @Nullable
    String displayName() {
        return normal(
                row.path("firstName").asText("") + " " + row.path("lastName").asText(""));
    }

    boolean enabled() {
        return row.path("enabled").asBoolean();
    }

    /** Kept by a directory; what it says of them cannot be changed in Keycloak. */
    boolean isFederated() {
        return row.hasNonNull("federationLink");
    }

    boolean isProgram() {
        return row.hasNonNull("serviceAccountClientId")
                || userName().toLowerCase(Locale.ROOT).startsWith("service-account-");
    }

    Seen seen() {
        return new Seen(userName(), displayName(), enabled(), Set.copyOf(groups.keySet()));
    }

    /** As it comes back from Keycloak, which has two names for it; null for none. */
    static @Nullable String normal(@Nullable String displayName) {
        String name = displayName == null ? "" : displayName.strip().replaceAll("\\s+", " ");
        return name.isEmpty() ? null : name;
    }

    /** Writes a name as Keycloak keeps it: the last word is the last name. */
    static void name(ObjectNode row, @Nullable String displayName) {
        String normal = normal(displayName);
        String name = normal == null ? "" : normal;
        int space = name.lastIndexOf(' ');
        row.put("firstName", space < 0 ? name : name.substring(0, space));
        row.put("lastName", space < 0 ? "" : name.substring(space + 1));
    }
}
