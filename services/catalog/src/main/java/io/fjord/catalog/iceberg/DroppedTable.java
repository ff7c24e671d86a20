package io.fjord.catalog.iceberg;

import java.time.Instant;
import org.apache.iceberg.catalog.TableIdentifier;

/**
 * A table that was dropped and can still be had back.
 *
 * @param id of the drop: a table can be dropped, had back and dropped again
 * @param tableId Iceberg's UUID of it
 * @param location its folder
 * @param version of the event that told of the drop
 * @param purge whether its files are deleted when it cannot be had back any more
 */
record DroppedTable(
        String id,
        Warehouse warehouse,
        TableIdentifier name,
        String tableId,
        String metadataLocation,
        String location,
        long version,
        boolean purge,
        String droppedBy,
        Instant droppedAt,
        Instant keptUntil) {}
