package io.fjord.iam.grant;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.iam.bundle.Bundle;
import io.fjord.kernel.Metastore.At;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Things.Pieces;
import io.fjord.platform.access.ResourcePattern;
import io.fjord.platform.sql.Listing;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Which bundles of a domain hold a thing, now or at a position. */
@FunctionalInterface
interface BundlesHolding {

    int LOOKED_AT_ONCE = 500;

    Future<Set<String>> of(String domain, Address resource, Optional<Position> asOf);

    static BundlesHolding of(Listing<Bundle> bundles) {
        return (domain, resource, asOf) -> bundles.page(
                        domain, asOf, pieces -> look(pieces, resource, "", new HashSet<>()))
                .map(At::value);
    }

    private static Future<Set<String>> look(Pieces<Bundle> bundles, Address resource, String after, Set<String> found) {
        return bundles.after(after, LOOKED_AT_ONCE).compose(some -> {
            String last = after;
            for (Stored<Bundle> stored : some) {
                last = stored.state().address().name();
                if (stored.state().resources().stream()
                        .anyMatch(pattern -> ResourcePattern.parse(pattern).covers(resource))) {
                    found.add(last);
                }
            }
            return some.size() < LOOKED_AT_ONCE ? Future.succeededFuture(found) : look(bundles, resource, last, found);
        });
    }
}
