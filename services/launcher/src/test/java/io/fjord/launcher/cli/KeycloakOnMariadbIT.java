package io.fjord.launcher.cli;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The same on MariaDB; Keycloak's first start there takes as long again. */
@EnabledIfSystemProperty(named = "fjord.all", matches = "true")
class KeycloakOnMariadbIT extends PeopleContract {

    @Override
    DatabaseServer newDatabase() {
        return TestServers.newMariadb(TestServers.newHome("mariadb"), Durability.NONE);
    }
}
