package io.fjord.catalog;

import io.fjord.embedded.DatabaseAddress;
import io.fjord.testing.TestServers;

final class ViewsCompatibilityOnPostgresIT extends ViewsCompatibilityContract {

    @Override
    DatabaseAddress address() {
        return TestServers.postgres().address();
    }
}
