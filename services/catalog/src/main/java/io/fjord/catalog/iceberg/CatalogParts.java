package io.fjord.catalog.iceberg;

import io.fjord.catalog.iceberg.CatalogStore.Sql;
import java.time.Duration;
import java.util.Map;

/**
 * What all callers share.
 *
 * @param keepDropped how long a dropped table can be had back, where its catalog does not say
 * @param properties Iceberg's own settings of the catalog
 */
record CatalogParts(
        Sql sql,
        Commits commits,
        Storages storages,
        MetadataCache cache,
        Purges purges,
        Duration keepDropped,
        Map<String, String> properties) {}
