package io.fjord.catalog;

import io.fjord.embedded.DatabaseAddress;
import io.fjord.testing.TestServers;

final class CatalogOnPostgresIT extends CatalogContract {

    @Override
    DatabaseAddress address() {
        return TestServers.postgres().address();
    }
}
