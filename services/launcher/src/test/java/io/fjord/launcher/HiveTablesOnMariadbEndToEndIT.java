package io.fjord.launcher;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

@EnabledIfSystemProperty(named = "fjord.all", matches = "true", disabledReason = "run by ./fjord test --all")
class HiveTablesOnMariadbEndToEndIT extends HiveTablesContract {

    @Override
    DatabaseServer newDatabase() {
        return TestServers.newMariadb(TestServers.newHome("hive-tables"), Durability.NONE);
    }
}
