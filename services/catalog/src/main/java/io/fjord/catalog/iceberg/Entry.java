package io.fjord.catalog.iceberg;

import java.util.Locale;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/**
 * A table or view as the metastore has it: a name that points to a metadata file.
 *
 * @param id Iceberg's UUID of it
 * @param location its folder, with a slash at its end; empty if it was not written down yet
 * @param version grows with every change, a rename too
 * @param isProtected whether it is not to be dropped
 */
record Entry(
        TableIdentifier name,
        Kind kind,
        String id,
        String metadataLocation,
        @Nullable String previousMetadataLocation,
        String location,
        long version,
        boolean isProtected) {

    /** A new one. */
    Entry(TableIdentifier name, Kind kind, String id, String metadataLocation, String location, long version) {
        this(name, kind, id, metadataLocation, null, location, version, false);
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

    /** @param changes made at once */
    Entry movedTo(String newMetadataLocation, String newLocation, int changes) {
        return new Entry(
                name, kind, id, newMetadataLocation, metadataLocation, newLocation, version + changes, isProtected);
    }
}
