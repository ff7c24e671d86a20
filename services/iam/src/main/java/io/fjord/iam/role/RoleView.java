package io.fjord.iam.role;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.kernel.Stored;
import io.fjord.platform.access.ActionPattern;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A role as the API shows it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record RoleView(
        String name,
        String domain,
        boolean builtIn,
        @Nullable String id,
        @Nullable String description,
        List<String> actions,
        long version,
        @Nullable Instant createdAt) {

    static RoleView of(Stored<Role> stored) {
        Role role = stored.state();
        return new RoleView(
                role.address().name(),
                role.address().domain(),
                false,
                role.id(),
                role.description(),
                role.actions(),
                stored.version(),
                role.createdAt());
    }

    static RoleView builtIn(String name, String domain, List<ActionPattern> actions) {
        return new RoleView(
                name,
                domain,
                true,
                null,
                "Every domain has it.",
                actions.stream().map(ActionPattern::toString).toList(),
                0,
                null);
    }
}
