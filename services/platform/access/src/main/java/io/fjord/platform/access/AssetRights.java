package io.fjord.platform.access;

import io.fjord.contract.Address;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.kernel.AccessRequest;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * What is said of a table follows the table's rights: {@code asset:read} of its entry, or of one of its columns, is
 * {@code table:read} of the table itself.
 */
public final class AssetRights {

    private static final String ASSET = AssetName.KIND + ":";
    private static final List<String> KINDS = List.of("namespace", "table", "view");

    private AssetRights() {}

    /** The request that is decided instead; requests of other things, and of none there could be, as they are. */
    public static AccessRequest followed(AccessRequest request) {
        if (!isOf(request.action(), request.resource().kind())) {
            return request;
        }
        try {
            Address thing = AssetName.thing(request.resource());
            return KINDS.contains(thing.kind())
                    ? new AccessRequest(
                            request.actor(), action(request.action(), thing.kind()), thing, request.context())
                    : request;
        } catch (IllegalArgumentException e) {
            return request;
        }
    }

    private static String action(String ofAsset, String kind) {
        return kind + ":" + ofAsset.substring(ASSET.length());
    }

    /**
     * Whether all entries get the same answer.
     *
     * @param uniform of an action on the things of one kind
     */
    static Optional<Boolean> uniform(String action, BiFunction<String, String, Optional<Boolean>> uniform) {
        List<Optional<Boolean>> all = KINDS.stream()
                .map(kind -> uniform.apply(action(action, kind), kind))
                .distinct()
                .toList();
        return all.size() == 1 ? all.get(0) : Optional.empty();
    }

    static boolean isOf(String action, String kind) {
        return kind.equals(AssetName.KIND) && action.startsWith(ASSET);
    }
}
