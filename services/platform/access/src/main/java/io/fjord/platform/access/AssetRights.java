package io.fjord.platform.access;

import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.kernel.AccessRequest;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What is said of a table follows the table's rights: {@code asset:read} of its entry, or of one of its columns, is
 * {@code table:read} of the table itself.
 */
public final class AssetRights {

    private static final String ASSET = AssetName.KIND + ":";
    private static final List<String> KINDS = List.of("namespace", "table", "view");

    private AssetRights() {}

    /** The request that is decided instead; requests of other things as they are. */
    public static AccessRequest followed(AccessRequest request) {
        if (!request.resource().kind().equals(AssetName.KIND)
                || !request.action().startsWith(ASSET)
                || request.resource().name().indexOf('/') < 0) {
            return request;
        }
        var thing = AssetName.thing(request.resource());
        return new AccessRequest(request.actor(), action(request.action(), thing.kind()), thing, request.context());
    }

    private static String action(String ofAsset, String kind) {
        return kind + ":" + ofAsset.substring(ASSET.length());
    }

    /**
     * Whether all entries get the same answer.
     *
     * @param uniform of the action of one kind of things
     */
    static Optional<Boolean> uniform(String action, Function<String, Function<String, Optional<Boolean>>> uniform) {
        List<Optional<Boolean>> all = KINDS.stream()
                .map(kind -> uniform.apply(kind).apply(action(action, kind)))
                .distinct()
                .toList();
        return all.size() == 1 ? all.get(0) : Optional.empty();
    }

    static boolean isOf(String action, String kind) {
        return kind.equals(AssetName.KIND) && action.startsWith(ASSET);
    }
}
