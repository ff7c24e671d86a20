package io.fjord.catalog;

import io.fjord.embedded.DatabaseAddress;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.rest.RESTCatalog;
import org.apache.iceberg.view.ViewCatalogTests;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** Iceberg's compatibility kit for REST catalogs: views. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ViewsCompatibilityContract extends ViewCatalogTests<RESTCatalog> {

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

    @Override
    protected RESTCatalog catalog() {
        return served.client();
    }

    @Override
    protected Catalog tableCatalog() {
        return served.client();
    }

    @Override
    protected String viewLocation(String... folders) {
        return "s3://lakehouse/default/default/" + String.join("/", folders);
    }

    @Override
    protected boolean requiresNamespaceCreate() {
        return true;
    }

    @Override
    protected boolean supportsServerSideRetry() {
        return true;
    }
}
