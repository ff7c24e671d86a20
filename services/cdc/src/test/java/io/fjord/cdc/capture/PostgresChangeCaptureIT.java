package io.fjord.cdc.capture;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;

class PostgresChangeCaptureIT extends ChangeCaptureContract {

    @Override
    DatabaseServer newDatabase() {
        return TestServers.newPostgres(TestServers.newHome("postgres"), Durability.NONE);
    }

    @Override
    String quoted(String name) {
        return '"' + name + '"';
    }

    @Override
    void full(String table) throws Exception {
        owner("alter table \"" + table + "\" replica identity full");
    }

    @Override
    void loseTheLog() throws Exception {
        admin("select pg_drop_replication_slot('fjord_hivepo')");
    }
}
