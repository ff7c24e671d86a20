package io.fjord.core.operation;

import io.fjord.testing.TestServers;

class OperationViewOnPostgresIT extends OperationViewContract {

    @Override
    String url() {
        return TestServers.postgres().address().url();
    }
}
