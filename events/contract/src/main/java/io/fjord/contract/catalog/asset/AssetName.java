package io.fjord.contract.catalog.asset;

import io.fjord.contract.Address;
import org.jspecify.annotations.Nullable;

/**
 * What an entry of the data catalog is about: a namespace, table or view, or a column of one of them.
 *
 * <p>Its address is {@code domain/asset/<kind>/<name>} or {@code domain/asset/<kind>/<name>/<column>}: the thing's own address
 * lies in it, for whoever may read the table may read what is said of it.
 *
 * @param kind {@code namespace}, {@code table} or {@code view}
 * @param name as in the thing's own address: {@code default.sales.orders}
 * @param column with the structs it lies in: {@code address.city}; null for the thing itself
 */
public record AssetName(String kind, String name, @Nullable String column) {

    public static final String KIND = "asset";

    public Address in(String domain) {
        String of = kind + "/" + escaped(name);
        return new Address(domain, KIND, column == null ? of : of + "/" + escaped(column));
    }

    /** @throws IllegalArgumentException if the address is not that of an asset */
    public static AssetName of(Address asset) {
        String[] parts = asset.name().split("/", -1);
        if (!asset.kind().equals(KIND) || parts.length < 2 || parts.length > 3) {
            throw new IllegalArgumentException("An asset is domain/asset/kind/name or …/column, not '" + asset + "'");
        }
        return new AssetName(parts[0], plain(parts[1]), parts.length == 3 ? plain(parts[2]) : null);
    }

    /** The entry of a namespace, table or view. */
    public static AssetName about(Address thing) {
        return new AssetName(thing.kind(), thing.name(), null);
    }

    /** The namespace, table or view itself; that of a column is the table it is in. */
    public static Address thing(Address asset) {
        AssetName name = of(asset);
        return new Address(asset.domain(), name.kind(), name.name());
    }

    /** A slash inside a name must not read as the one between name and column. */
    private static String escaped(String text) {
        return text.replace("~", "~0").replace("/", "~1");
    }

    private static String plain(String text) {
        return text.replace("~1", "/").replace("~0", "~");
    }
}
