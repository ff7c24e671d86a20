package io.fjord.contract.catalog.namespace;

import io.fjord.contract.catalog.NamespaceName;
import java.util.List;
import java.util.Map;

/** All that can have happened to a namespace of a catalog. */
public sealed interface NamespaceEvent {

    <R> R match(Cases<R> cases);

    record NamespaceCreated(NamespaceName namespace, Map<String, String> properties) implements NamespaceEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record NamespacePropertiesChanged(NamespaceName namespace, Map<String, String> set, List<String> removed)
            implements NamespaceEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record NamespaceDropped(NamespaceName namespace) implements NamespaceEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(NamespaceCreated event);

        R on(NamespacePropertiesChanged event);

        R on(NamespaceDropped event);
    }
}
