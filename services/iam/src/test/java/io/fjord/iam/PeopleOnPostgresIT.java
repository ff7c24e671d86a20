package io.fjord.iam;

import io.fjord.testing.TestServers;

class PeopleOnPostgresIT extends PeopleContract {

    @Override
    String databaseUrl() {
        return TestServers.postgres().address().url();
    }
}
