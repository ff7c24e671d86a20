package io.fjord.contract.catalog;

import io.fjord.contract.Address;
import java.util.List;
import java.util.stream.Collectors;

/** What a namespace is called: its catalog and its levels, outermost first. */
public record NamespaceName(String catalog, List<String> levels) {

    public NamespaceName {
        levels = List.copyOf(levels);
    }

    /** {@code domain/namespace/catalog.level.level}. */
    public Address in(String domain) {
        return new Address(domain, "namespace", escaped(catalog) + "." + escaped(levels));
    }

    static String escaped(List<String> levels) {
        return levels.stream().map(NamespaceName::escaped).collect(Collectors.joining("."));
    }

    /** A dot inside a name must not read as the dot between two names, or two things would share an address. */
    static String escaped(String name) {
        return name.replace("%", "%25").replace(".", "%2E");
    }
}
