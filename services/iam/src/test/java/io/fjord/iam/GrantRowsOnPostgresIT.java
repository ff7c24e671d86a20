package io.fjord.iam;

import io.fjord.testing.TestServers;

class GrantRowsOnPostgresIT extends GrantRowsContract {

    @Override
    protected String url() {
        return TestServers.postgres().address().url();
    }
}
