package io.fjord.core.secret;

import io.fjord.testing.TestServers;

class StoredSecretsOnMariadbIT extends StoredSecretsContract {

    @Override
    String url() {
        return TestServers.mariadb().address().url();
    }
}
