package io.fjord.catalog;

import io.fjord.embedded.DatabaseAddress;
import io.fjord.testing.TestServers;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "on PostgreSQL alone, unless by ./fjord test --all")
final class TablesCompatibilityOnMariadbIT extends TablesCompatibilityContract {

    @Override
    DatabaseAddress address() {
        return TestServers.mariadb().address();
    }
}
