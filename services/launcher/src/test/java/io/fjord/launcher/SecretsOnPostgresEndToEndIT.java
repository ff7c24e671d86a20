package io.fjord.launcher;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "starts a driver of its own; --all runs it")
class SecretsOnPostgresEndToEndIT extends SecretsEndToEndContract {

    @Override
    DatabaseServer database() {
        return TestServers.newPostgres(TestServers.newHome("postgres"), Durability.NONE);
    }
}
