package io.fjord.iam;

import io.fjord.testing.TestServers;

class GrantRowsOnMariadbIT extends GrantRowsContract {

    @Override
    protected String url() {
        return TestServers.mariadb().address().url();
    }
}
