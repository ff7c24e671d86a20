package io.fjord.ingest;

import io.fjord.testing.TestServers;

class IngestOnMariadbIT extends IngestContract {

    @Override
    String databaseUrl() {
        return TestServers.mariadb().address().url();
    }
}
