package io.fjord.catalog;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;

final class DataCatalogOnPostgresIT extends DataCatalogContract {

    @Override
    DatabaseServer databaseServer() {
        return TestServers.newPostgres(TestServers.newHome("data-catalog"), Durability.NONE);
    }
}
