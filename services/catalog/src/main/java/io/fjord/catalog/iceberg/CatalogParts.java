package io.fjord.catalog.iceberg;

import io.fjord.catalog.iceberg.CatalogStore.Sql;
import java.util.Map;
import org.apache.iceberg.io.FileIO;

/**
 * What all callers share.
 *
 * @param root of the object store, below which each domain has its folder: {@code s3://lakehouse/}
 * @param properties Iceberg's own settings of the catalog
 */
record CatalogParts(
        Sql sql,
        Commits commits,
        FileIO io,
        MetadataCache cache,
        Purges purges,
        String root,
        Map<String, String> properties) {

    DomainFiles filesOf(Warehouse warehouse) {
        return filesOf(warehouse, io, root);
    }

    static DomainFiles filesOf(Warehouse warehouse, FileIO io, String root) {
        return new DomainFiles(io, root + warehouse.domain() + "/");
    }
}
