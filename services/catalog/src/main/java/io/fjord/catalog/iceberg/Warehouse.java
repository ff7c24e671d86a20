package io.fjord.catalog.iceberg;

import io.fjord.contract.Address;
import io.fjord.contract.catalog.EntryName;
import io.fjord.contract.catalog.NamespaceName;
import java.util.List;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;

/** One catalog of one domain: what an Iceberg client calls a warehouse, and the prefix of its paths. */
public record Warehouse(String domain, String catalog) {

    /** The catalog every domain has. */
    static final String DEFAULT_CATALOG = "default";

    /**
     * @param text {@code <domain>} for its default catalog, else {@code <domain>.<catalog>}
     * @throws IllegalArgumentException if the text is neither
     */
    static Warehouse parse(String text) {
        int dot = text.indexOf('.');
        String domain = dot < 0 ? text : text.substring(0, dot);
        String catalog = dot < 0 ? DEFAULT_CATALOG : text.substring(dot + 1);
        if (!Address.NAME.matcher(domain).matches()
                || !Address.NAME.matcher(catalog).matches()) {
            throw new IllegalArgumentException(
                    "A warehouse is called <domain> or <domain>.<catalog>, not '" + text + "'");
        }
        return new Warehouse(domain, catalog);
    }

    EntryName name(TableIdentifier entry) {
        return new EntryName(catalog, List.of(entry.namespace().levels()), entry.name());
    }

    NamespaceName name(Namespace namespace) {
        return new NamespaceName(catalog, List.of(namespace.levels()));
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return catalog.equals(DEFAULT_CATALOG) ? domain : domain + "." + catalog;
    }
}
