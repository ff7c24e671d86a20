package io.fjord.iam.serviceaccount;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.iam.Actors;
import io.fjord.kernel.Stored;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A service account as the API shows it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ServiceAccountView(
        String name,
        String actor,
        @Nullable String description,
        String owner,
        String state,
        @Nullable String reason,
        @Nullable String handedOverTo,
        Instant createdAt,
        long version) {

    static ServiceAccountView of(Stored<ServiceAccount> stored) {
        ServiceAccount account = stored.state();
        return new ServiceAccountView(
                account.address().name(),
                Actors.of(account.address()),
                account.description(),
                account.owner(),
                account.state().label(),
                account.reason(),
                account.handedOverTo(),
                account.createdAt(),
                stored.version());
    }
}
