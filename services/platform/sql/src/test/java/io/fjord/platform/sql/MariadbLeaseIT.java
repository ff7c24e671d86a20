package io.fjord.platform.sql;

import io.fjord.testing.TestServers;

class MariadbLeaseIT extends LeaseContract {

    @Override
    String url() {
        return TestServers.mariadb().address().url();
    }
}
