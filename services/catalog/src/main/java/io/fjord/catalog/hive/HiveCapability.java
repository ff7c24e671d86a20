package io.fjord.catalog.hive;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.catalog.hive.HiveEvent;

/** The tables of the Hive Metastore: told by its own rows, decided by nobody here. */
public final class HiveCapability {

    /** What the metastore is called among the catalogs of the domain {@code default}: no other can be called that. */
    public static final String CATALOG = "hive";

    private HiveCapability() {}

    public static MessageTypes messages(MessageTypes types) {
        return types.add("catalog", "hive", HiveEvent.class);
    }
}
