package io.fjord.controlpolicies;

import io.fjord.testing.TestServers;

class ControlPoliciesOnPostgresIT extends ControlPoliciesContract {

    @Override
    String databaseUrl() {
        return TestServers.postgres().address().url();
    }
}
