package io.fjord.contract.catalog;

import io.fjord.contract.Address;
import java.util.List;

/** What a table or view is called: its catalog, the levels of its namespace, its own name. */
public record EntryName(String catalog, List<String> namespace, String name) {

    public EntryName {
        namespace = List.copyOf(namespace);
    }

    /**
     * {@code domain/kind/catalog.level.name}.
     *
     * @param kind {@code table} or {@code view}
     */
    public Address in(String domain, String kind) {
        return new Address(
                domain,
                kind,
                NamespaceName.escaped(catalog)
                        + "."
                        + NamespaceName.escaped(namespace)
                        + "."
                        + NamespaceName.escaped(name));
    }
}
