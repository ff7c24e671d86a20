package io.fjord.core.operation;

import io.fjord.testing.TestServers;

class OperationViewOnMariadbIT extends OperationViewContract {

    @Override
    String url() {
        return TestServers.mariadb().address().url();
    }
}
