package io.fjord.launcher;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "starts a driver of its own; --all runs it")
class SecretsOnMariadbEndToEndIT extends SecretsEndToEndContract {

    @Override
    DatabaseServer database() {
        return TestServers.newMariadb(TestServers.newHome("mariadb"), Durability.NONE);
    }
}
