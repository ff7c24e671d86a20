package io.fjord.sql;

import io.fjord.testing.TestServers;

class StatementsPostgresIT extends StatementsContract {

    @Override
    String databaseUrl() {
        return TestServers.postgres().address().url();
    }
}
