package io.fjord.iam.user;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.iam.Actors;
import io.fjord.kernel.Stored;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A user as the API shows them. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record UserView(
        String id,
        String actor,
        String userName,
        @Nullable String displayName,
        @Nullable String externalId,
        String state,
        @Nullable String reason,
        @Nullable String handedOverTo,
        Instant registeredAt,
        @Nullable Instant forgottenAt,
        long version) {

    static UserView of(Stored<User> stored) {
        User user = stored.state();
        return new UserView(
                user.address().name(),
                Actors.of(user.address()),
                user.userName(),
                user.displayName(),
                user.externalId(),
                user.state().label(),
                user.reason(),
                user.handedOverTo(),
                user.registeredAt(),
                user.forgottenAt(),
                stored.version());
    }
}
