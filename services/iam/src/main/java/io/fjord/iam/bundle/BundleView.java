package io.fjord.iam.bundle;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.kernel.Stored;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A bundle as the API shows it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record BundleView(
        String id,
        String name,
        String domain,
        @Nullable String description,
        List<String> resources,
        long version,
        Instant createdAt) {

    static BundleView of(Stored<Bundle> stored) {
        Bundle bundle = stored.state();
        return new BundleView(
                bundle.id(),
                bundle.address().name(),
                bundle.address().domain(),
                bundle.description(),
                bundle.resources(),
                stored.version(),
                bundle.createdAt());
    }
}
