package io.fjord.launcher;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;

class ControlActionOnMariadbEndToEndIT extends ControlActionContract {
    @Override
    DatabaseServer database() {
        return TestServers.newMariadb(TestServers.newHome("mariadb"), Durability.NONE);
    }
}
