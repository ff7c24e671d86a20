package io.fjord.catalog;

import io.fjord.embedded.DatabaseAddress;
import io.fjord.testing.TestServers;

final class TablesCompatibilityOnPostgresIT extends TablesCompatibilityContract {

    @Override
    DatabaseAddress address() {
        return TestServers.postgres().address();
    }
}
