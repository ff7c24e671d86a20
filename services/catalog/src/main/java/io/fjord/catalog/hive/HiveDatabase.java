package io.fjord.catalog.hive;

import io.fjord.contract.catalog.NamespaceName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A database of the metastore, put together from its rows. */
record HiveDatabase(
        String id,
        String name,
        @Nullable String location,
        @Nullable String description,
        @Nullable String owner,
        Map<String, String> properties) {

    NamespaceName namespace() {
        return new NamespaceName(HiveCapability.CATALOG, List.of(name));
    }
}
