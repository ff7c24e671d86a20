package io.fjord.platform.sql;

import io.fjord.testing.TestServers;

class PostgresLeaseIT extends LeaseContract {

    @Override
    String url() {
        return TestServers.postgres().address().url();
    }
}
