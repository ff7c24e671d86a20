package io.fjord.sql;

import io.fjord.testing.TestServers;

class StatementsMariadbIT extends StatementsContract {

    @Override
    String databaseUrl() {
        return TestServers.mariadb().address().url();
    }
}
