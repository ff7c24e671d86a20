package io.fjord.iam.group;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.kernel.Stored;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** A group as the API shows it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record GroupView(
        String id,
        String name,
        String displayName,
        @Nullable String externalId,
        Collection<String> members,
        Instant createdAt,
        long version) {

    static GroupView of(Stored<Group> stored) {
        Group group = stored.state();
        return new GroupView(
                group.id(),
                group.address().name(),
                group.displayName(),
                group.externalId(),
                group.members(),
                group.createdAt(),
                stored.version());
    }
}
