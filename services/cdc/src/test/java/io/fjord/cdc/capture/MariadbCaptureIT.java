package io.fjord.cdc.capture;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;

class MariadbCaptureIT extends CaptureContract {

    @Override
    DatabaseServer newDatabase() {
        return TestServers.newMariadb(TestServers.newHome("mariadb"), Durability.NONE);
    }

    @Override
    String longText() {
        return "longtext";
    }
}
