package io.fjord.catalog;

import io.fjord.embedded.DatabaseAddress;
import io.fjord.testing.TestServers;

final class ViewsCompatibilityOnMariadbIT extends ViewsCompatibilityContract {

    @Override
    DatabaseAddress address() {
        return TestServers.mariadb().address();
    }
}
