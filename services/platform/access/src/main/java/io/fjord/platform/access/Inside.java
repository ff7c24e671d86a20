package io.fjord.platform.access;

import io.fjord.contract.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Where tables, views and namespaces lie: a rule on a namespace speaks of all in it, one on a catalog of all in that. Their names
 * are {@code catalog.namespace.name}; a dot inside a name is escaped.
 */
final class Inside {

    private static final String NAMESPACE = "namespace";
    private static final String CATALOG = "catalog";
    private static final Set<String> IN_NAMESPACES = Set.of("table", "view", NAMESPACE);

    private Inside() {}

    /** The namespaces it lies in, innermost first, and its catalog; empty for what lies in none. */
    static List<Address> placesOf(Address resource) {
        if (!IN_NAMESPACES.contains(resource.kind())) {
            return List.of();
        }
        List<Address> places = new ArrayList<>();
        String name = resource.name();
        for (int dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.')) {
            name = name.substring(0, dot);
            places.add(new Address(resource.domain(), name.indexOf('.') < 0 ? CATALOG : NAMESPACE, name));
        }
        return places;
    }

    /** The kinds of places that things of a kind can lie in. */
    static List<String> kindsAround(String kind) {
        return IN_NAMESPACES.contains(kind) ? List.of(NAMESPACE, CATALOG) : List.of();
    }
}
