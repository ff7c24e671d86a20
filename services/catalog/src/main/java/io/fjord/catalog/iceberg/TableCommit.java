package io.fjord.catalog.iceberg;

import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/**
 * A commit whose files are written and whose row is not.
 *
 * @param before the row it goes out from; null to create the table
 * @param base the metadata of that row
 * @param location of the new metadata file
 * @param json what stands in it; null if it was there before, to be registered
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TableCommit(
        TableIdentifier name,
        @Nullable Entry before,
        @Nullable TableMetadata base,
        TableMetadata metadata,
        String location,
        byte @Nullable [] json) {}
