package io.fjord.audit;

import io.fjord.embedded.DatabaseServer;
import io.fjord.testing.TestServers;

class MariadbAuditIT extends AuditContract {

    @Override
    DatabaseServer server() {
        return TestServers.mariadb();
    }
}
