package io.fjord.catalog;

import io.fjord.embedded.DatabaseAddress;
import io.fjord.testing.TestServers;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "on PostgreSQL alone, unless by ./fjord test --all")
final class ViewsCompatibilityOnMariadbIT extends ViewsCompatibilityContract {

    @Override
    DatabaseAddress address() {
        return TestServers.mariadb().address();
    }
}
