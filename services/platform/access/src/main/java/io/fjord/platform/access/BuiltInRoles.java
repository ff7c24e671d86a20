package io.fjord.platform.access;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The roles every domain has from the start; they cannot be changed. */
public final class BuiltInRoles {

    /** Everything, wherever it is granted. */
    public static final String PLATFORM_ADMIN = "platform-admin";

    public static final String OWNER = "owner";
    public static final String MEMBER = "member";
    public static final String VIEWER = "viewer";

    private static final Map<String, List<ActionPattern>> ROLES = new TreeMap<>(Map.of(
            PLATFORM_ADMIN, patterns("*:*"),
            OWNER, patterns("*:*"),
            MEMBER,
                    patterns(
                            "*:read",
                            "*:use",
                            "statement:create",
                            "statement:cancel",
                            "cluster:start",
                            "table:write",
                            "view:write",
                            "namespace:write"),
            VIEWER, patterns("*:read")));

    private BuiltInRoles() {}

    private static List<ActionPattern> patterns(String... actions) {
        return List.of(actions).stream().map(ActionPattern::parse).toList();
    }

    public static Map<String, List<ActionPattern>> all() {
        return Map.copyOf(ROLES);
    }

    public static Optional<List<ActionPattern>> actions(String role) {
        return Optional.ofNullable(ROLES.get(role));
    }
}
