package io.fjord.webhooks;

import io.fjord.testing.TestServers;

class WebhooksOnMariadbIT extends WebhooksContract {

    @Override
    String databaseUrl() {
        return TestServers.mariadb().address().url();
    }
}
