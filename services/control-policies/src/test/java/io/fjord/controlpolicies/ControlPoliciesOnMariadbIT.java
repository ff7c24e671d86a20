package io.fjord.controlpolicies;

import io.fjord.testing.TestServers;

class ControlPoliciesOnMariadbIT extends ControlPoliciesContract {

    @Override
    String databaseUrl() {
        return TestServers.mariadb().address().url();
    }
}
