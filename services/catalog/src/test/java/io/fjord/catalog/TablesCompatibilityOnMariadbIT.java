package io.fjord.catalog;

import io.fjord.embedded.DatabaseAddress;
import io.fjord.testing.TestServers;

final class TablesCompatibilityOnMariadbIT extends TablesCompatibilityContract {

    @Override
    DatabaseAddress address() {
        return TestServers.mariadb().address();
    }
}
