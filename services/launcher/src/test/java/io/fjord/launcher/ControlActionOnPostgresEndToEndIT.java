package io.fjord.launcher;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;

class ControlActionOnPostgresEndToEndIT extends ControlActionContract {
    @Override
    DatabaseServer database() {
        return TestServers.newPostgres(TestServers.newHome("postgres"), Durability.NONE);
    }
}
