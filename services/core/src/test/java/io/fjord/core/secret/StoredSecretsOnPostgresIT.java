package io.fjord.core.secret;

import io.fjord.testing.TestServers;

class StoredSecretsOnPostgresIT extends StoredSecretsContract {

    @Override
    String url() {
        return TestServers.postgres().address().url();
    }
}
