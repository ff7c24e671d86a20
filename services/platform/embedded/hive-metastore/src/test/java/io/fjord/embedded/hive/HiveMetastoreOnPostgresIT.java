package io.fjord.embedded.hive;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.embedded.Home;
import io.fjord.testing.TestServers;

class HiveMetastoreOnPostgresIT extends HiveMetastoreContract {

    @Override
    DatabaseServer newDatabase(Home home) {
        return TestServers.newPostgres(home, Durability.NONE);
    }
}
