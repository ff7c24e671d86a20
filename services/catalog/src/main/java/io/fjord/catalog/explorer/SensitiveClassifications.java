package io.fjord.catalog.explorer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Types;

/**
 * Which classifications say that not everybody is to see the values: those named here and what lies below them ({@code pii} also means
 * {@code pii.email}). What engines show is decided by data policies; this is for what the catalog shows itself.
 */
public record SensitiveClassifications(Set<String> names) {

    public static final SensitiveClassifications DEFAULT =
            new SensitiveClassifications(Set.of("pii", "sensitive", "confidential", "restricted", "secret"));

    public SensitiveClassifications {
        names = Set.copyOf(names);
    }

    boolean areSensitive(String classification) {
        return names.stream().anyMatch(name -> classification.equals(name) || classification.startsWith(name + "."));
    }

    /**
     * @param classifications of a table's columns by name, of the whole table under ""
     * @param maySeeAll nothing is hidden then
     * @return ids of the fields that are hidden, with the classifications that say so
     */
    Map<Integer, List<String>> hidden(Schema schema, Map<String, List<String>> classifications, boolean maySeeAll) {
        Map<Integer, List<String>> hidden = new HashMap<>();
        if (maySeeAll) {
            return hidden;
        }
        classifications.forEach((column, names) -> {
            List<String> why = names.stream().filter(this::areSensitive).toList();
            if (!why.isEmpty() && column.isEmpty()) {
                schema.columns().forEach(field -> hidden.merge(field.fieldId(), why, SensitiveClassifications::both));
            } else if (!why.isEmpty()) {
                Types.NestedField field = schema.findField(column);
                if (field != null) {
                    hidden.merge(field.fieldId(), why, SensitiveClassifications::both);
                }
            }
        });
        return hidden;
    }

    private static List<String> both(List<String> one, List<String> other) {
        return java.util.stream.Stream.concat(one.stream(), other.stream()).toList();
    }
}
