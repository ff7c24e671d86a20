package io.fjord.ingest;

import io.fjord.testing.TestServers;

class IngestOnPostgresIT extends IngestContract {

    @Override
    String databaseUrl() {
        return TestServers.postgres().address().url();
    }
}
