package io.fjord.catalog;

import io.fjord.embedded.DatabaseAddress;
import java.nio.file.Path;
import java.util.Map;
import org.apache.iceberg.catalog.CatalogTests;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.rest.RESTCatalog;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Iceberg's compatibility kit for REST catalogs: tables and namespaces. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TablesCompatibilityContract extends CatalogTests<RESTCatalog> {

    private ServedCatalog served;

    abstract DatabaseAddress address();

    @BeforeAll
    void start() throws Exception {
        served = new ServedCatalog(address());
    }

    @BeforeEach
    void empty() {
        served.empty();
    }

    @AfterAll
    void stop() throws Exception {
        served.empty();
        served.close();
    }

    @Test
    @Override
    @Disabled("it moves the metadata away as a file of this machine")
    public void testLoadTableWithMissingMetadataFile(@TempDir Path folder) {}

    @Override
    protected RESTCatalog catalog() {
        return served.client();
    }

    @Override
    protected RESTCatalog initCatalog(String name, Map<String, String> properties) {
        return served.client(name, properties);
    }

    @Override
    protected String baseTableLocation(TableIdentifier name) {
        return "s3://lakehouse/default/default/" + name.namespace() + "/" + name.name();
    }

    @Override
    protected boolean requiresNamespaceCreate() {
        return true;
    }

    @Override
    protected boolean supportsServerSideRetry() {
        return true;
    }

    @Override
    protected boolean supportsNestedNamespaces() {
        return true;
    }

    @Override
    protected boolean supportsNamesWithDot() {
        return true;
    }

    @Override
    protected boolean supportsNamesWithSlashes() {
        return true;
    }
}
