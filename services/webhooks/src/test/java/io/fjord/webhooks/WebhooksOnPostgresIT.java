package io.fjord.webhooks;

import io.fjord.testing.TestServers;

class WebhooksOnPostgresIT extends WebhooksContract {

    @Override
    String databaseUrl() {
        return TestServers.postgres().address().url();
    }
}
