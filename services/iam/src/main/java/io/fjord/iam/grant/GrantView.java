package io.fjord.iam.grant;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.kernel.Stored;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A grant as the API shows it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record GrantView(
        String id,
        String domain,
        String subject,
        @Nullable String role,
        List<String> actions,
        List<String> resources,
        @Nullable String bundle,
        long version,
        Instant madeAt) {

    static GrantView of(Stored<Grant> stored) {
        Grant grant = stored.state();
        return new GrantView(
                grant.address().name(),
                grant.address().domain(),
                grant.subject(),
                grant.role(),
                grant.actions(),
                grant.resources(),
                grant.bundle(),
                stored.version(),
                grant.madeAt());
    }
}
