package io.fjord.cdc.capture;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;

class MariadbChangeCaptureIT extends ChangeCaptureContract {

    @Override
    DatabaseServer newDatabase() {
        return TestServers.newMariadb(TestServers.newHome("mariadb"), Durability.NONE);
    }

    @Override
    String quoted(String name) {
        return '`' + name + '`';
    }

    @Override
    void full(String table) {}

    @Override
    void loseTheLog() throws Exception {
        admin("reset master");
    }
}
