package io.fjord.iam.grant;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.iam.bundle.Bundle;
import io.fjord.iam.thing.Listing;
import io.fjord.iam.thing.Where;
import io.fjord.kernel.Metastore.At;
import io.fjord.kernel.Stored;
import io.fjord.platform.access.ResourcePattern;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which bundles of a domain hold a thing, now or at a position. */
@FunctionalInterface
interface BundlesHolding {

    int LOOKED_AT_ONCE = 500;

    Future<Set<String>> of(String domain, Address resource, Optional<Position> asOf);

    static BundlesHolding of(Listing<Bundle> bundles) {
        return (domain, resource, asOf) -> look(bundles, domain, resource, asOf, "", new HashSet<>());
    }

    private static Future<Set<String>> look(
            Listing<Bundle> bundles,
            String domain,
            Address resource,
            Optional<Position> asOf,
            String after,
            Set<String> found) {
        Future<At<List<Stored<Bundle>>>> page = asOf.isPresent()
                ? bundles.pageAt(domain, Where.all(), after, LOOKED_AT_ONCE, asOf.get())
                : bundles.page(domain, Where.all(), after, LOOKED_AT_ONCE);
        return page.compose(at -> {
            String last = after;
            for (Stored<Bundle> stored : at.value()) {
                last = stored.state().address().name();
                if (stored.state().resources().stream()
                        .anyMatch(pattern -> ResourcePattern.parse(pattern).covers(resource))) {
                    found.add(last);
                }
            }
            return at.value().size() < LOOKED_AT_ONCE
                    ? Future.succeededFuture(found)
                    : look(bundles, domain, resource, asOf, last, found);
        });
    }
}
