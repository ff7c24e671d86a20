package io.fjord.iam;

import io.fjord.testing.TestServers;

class PeopleOnMariadbIT extends PeopleContract {

    @Override
    String databaseUrl() {
        return TestServers.mariadb().address().url();
    }
}
