package io.fjord.launcher.cli;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;

class KeycloakOnPostgresIT extends PeopleContract {

    @Override
    DatabaseServer newDatabase() {
        return TestServers.newPostgres(TestServers.newHome("postgres"), Durability.NONE);
    }
}
