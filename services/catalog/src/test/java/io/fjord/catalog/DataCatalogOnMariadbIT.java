package io.fjord.catalog;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;

final class DataCatalogOnMariadbIT extends DataCatalogContract {

    @Override
    DatabaseServer databaseServer() {
        return TestServers.newMariadb(TestServers.newHome("data-catalog"), Durability.NONE);
    }
}
