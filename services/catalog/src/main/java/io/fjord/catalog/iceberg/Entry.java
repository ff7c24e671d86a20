package io.fjord.catalog.iceberg;

import java.util.Locale;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/**
 * A table or view as the metastore has it: a name that points to a metadata file.
 *
 * @param id Iceberg's UUID of it
 * @param version grows with every change, a rename too
 * @param isProtected whether it is not to be dropped
 */
record Entry(
        TableIdentifier name,
        Kind kind,
        String id,
        String metadataLocation,
        @Nullable String previousMetadataLocation,
        long version,
        boolean isProtected) {

    Entry(
            TableIdentifier name,
            Kind kind,
            String id,
            String metadataLocation,
            @Nullable String previousMetadataLocation,
            long version) {
        this(name, kind, id, metadataLocation, previousMetadataLocation, version, false);
    }

    enum Kind {
        TABLE,
        VIEW;

        /** As it stands in the row and in addresses. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Kind of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    Entry movedTo(String newMetadataLocation) {
        return movedTo(newMetadataLocation, 1);
    }

    /** @param changes made at once */
    Entry movedTo(String newMetadataLocation, int changes) {
        return new Entry(name, kind, id, newMetadataLocation, metadataLocation, version + changes, isProtected);
    }
}
