package io.fjord.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.testing.TestServers;
import org.junit.jupiter.api.Test;

class MariadbMetastoreIT extends SqlMetastoreContract {

    @Override
    protected String url() {
        return TestServers.mariadb().address().url();
    }

    @Override
    protected String suicide() {
        return "kill connection_id()";
    }

    @Test
    void sessions_do_not_hold_locks_for_long() {
        assertThat(rows("select @@session.idle_transaction_timeout, @@session.innodb_lock_wait_timeout,"
                                + " @@session.tx_isolation")
                        .get(0)
                        .toJson()
                        .getMap()
                        .values())
                .extracting(Object::toString)
                .containsExactly("10", "10", "READ-COMMITTED");
    }
}
