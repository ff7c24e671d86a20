package io.fjord.catalog.iceberg;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.catalog.namespace.NamespaceEvent;
import io.fjord.contract.catalog.table.TableEvent;
import io.fjord.contract.catalog.view.ViewEvent;
import io.fjord.kernel.Capability;

/** Namespaces, tables and views: synchronous actions, so there are events and no commands. */
public final class IcebergCapability implements Capability {

    @Override
    public void register(MessageTypes types) {
        types.add("catalog", "namespace", NamespaceEvent.class)
                .add("catalog", "table", TableEvent.class)
                .add("catalog", "view", ViewEvent.class);
    }
}
