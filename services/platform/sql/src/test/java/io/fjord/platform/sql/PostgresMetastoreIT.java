package io.fjord.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.testing.TestServers;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PostgresMetastoreIT extends SqlMetastoreContract {

    @Override
    protected String url() {
        return TestServers.postgres().address().url();
    }

    @Override
    protected String suicide() {
        return "select pg_terminate_backend(pg_backend_pid())";
    }

    @Test
    void the_journal_cannot_be_rewritten() {
        for (String sql :
                new String[] {"update test.event set actor = 'me'", "delete from test.event", "truncate test.event"}) {
            assertThatThrownBy(() -> get(database.query(sql))).hasMessageContaining("append-only");
        }
    }

    @Test
    void the_relay_is_told_of_inserts_into_the_journal_only() {
        assertThat(rows("select pubinsert, pubupdate, pubdelete, pubtruncate from pg_publication"
                        + " where pubname = 'fjord_journal'"))
                .singleElement()
                .satisfies(row -> {
                    assertThat(row.getBoolean(0)).isTrue();
                    assertThat(row.getBoolean(1)).isFalse();
                    assertThat(row.getBoolean(2)).isFalse();
                    assertThat(row.getBoolean(3)).isFalse();
                });
        assertThat(rows("select tablename from pg_publication_tables where pubname = 'fjord_journal'"
                        + " and schemaname = 'test'"))
                .extracting(row -> row.getString(0))
                .containsExactly("event");
    }

    @Test
    void the_relay_may_read_the_journal_and_touch_the_heartbeat() {
        Map<String, Object> may = rows("select has_schema_privilege('fjord_cdc', 'test', 'usage') as sees,"
                        + " has_table_privilege('fjord_cdc', 'test.event', 'select') as reads,"
                        + " has_table_privilege('fjord_cdc', 'test.counter', 'select') as counts,"
                        + " has_table_privilege('fjord_cdc', 'test.heartbeat', 'update') as beats,"
                        + " has_table_privilege('fjord_cdc', 'test.event', 'insert, update, delete') as writes")
                .get(0)
                .toJson()
                .getMap();
        assertThat(may)
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("sees", true, "reads", true, "counts", true, "beats", true, "writes", false));
    }

    @Test
    void sessions_do_not_hold_locks_for_long() {
        assertThat(rows("select current_setting('idle_in_transaction_session_timeout') as idle,"
                                + " current_setting('lock_timeout') as waiting,"
                                + " current_setting('transaction_isolation') as isolation")
                        .get(0)
                        .toJson()
                        .getMap()
                        .values())
                .containsExactly("10s", "10s", "read committed");
    }
}
