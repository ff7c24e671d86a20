package io.fjord.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MariadbServerIT {

    @TempDir
    static Path folder;

    static MariadbServer server;

    @BeforeAll
    static void start() {
        server = new MariadbServer(Homes.in(folder), Homes.freePort(), Durability.ON_DISK);
        server.start();
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    @Test
    void every_commit_reaches_the_disk_and_the_binlog_holds_whole_rows() throws SQLException {
        try (var connection = connect(server.address())) {
            assertThat(setting(connection, "sync_binlog")).isEqualTo("1");
            assertThat(setting(connection, "innodb_flush_log_at_trx_commit")).isEqualTo("1");
            assertThat(setting(connection, "log_bin")).isEqualTo("1");
            assertThat(setting(connection, "binlog_format")).isEqualTo("ROW");
            assertThat(setting(connection, "binlog_row_image")).isEqualTo("FULL");
            assertThat(setting(connection, "binlog_row_metadata")).isEqualTo("FULL");
            assertThat(setting(connection, "binlog_expire_logs_seconds")).isEqualTo("604800");
            assertThat(setting(connection, "transaction_isolation")).isEqualTo("READ-COMMITTED");
            assertThat(setting(connection, "idle_transaction_timeout")).isEqualTo("30");
            assertThat(setting(connection, "innodb_lock_wait_timeout")).isEqualTo("10");
            assertThat(setting(connection, "collation_server")).isEqualTo("utf8mb4_bin");
            assertThat(setting(connection, "bind_address")).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void a_wrong_password_is_refused_for_every_login_and_nobody_is_anonymous() throws SQLException {
        for (var address : new DatabaseAddress[] {server.address(), server.cdcAddress(), server.adminAddress()}) {
            assertThatThrownBy(() -> connect(address.withUser(address.user(), "wrong")))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Access denied");
            assertThatThrownBy(() -> connect(address.withUser(address.user(), "")))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Access denied");
        }
        assertThatThrownBy(() -> connect(server.address().withUser("nobody", "")))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("Access denied");
        try (var connection = connect(server.adminAddress());
                var rows = connection
                        .createStatement()
                        .executeQuery("SELECT group_concat(User ORDER BY User) FROM mysql.global_priv")) {
            rows.next();
            assertThat(rows.getString(1)).isEqualTo("fjord,fjord_cdc,mariadb.sys,root");
        }
    }

    @Test
    void the_application_login_makes_databases_and_the_capture_login_reads_the_binlog() throws SQLException {
        try (var connection = connect(server.address());
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE rights");
            statement.execute("CREATE TABLE rights.event (n bigint PRIMARY KEY)");
            statement.execute("INSERT INTO rights.event VALUES (7)");
            assertThatThrownBy(() -> statement.execute("PURGE BINARY LOGS BEFORE now()"))
                    .isInstanceOf(SQLException.class);
        }
        try (var connection = connect(server.cdcAddress());
                var statement = connection.createStatement()) {
            assertThat(statement.executeQuery("SELECT n FROM rights.event").next())
                    .isTrue();
            assertThat(statement.executeQuery("SHOW BINLOG STATUS").next()).isTrue();
            assertThatThrownBy(() -> statement.execute("INSERT INTO rights.event VALUES (8)"))
                    .isInstanceOf(SQLException.class);
        }
    }

    @Test
    void what_was_committed_survives_a_crash_and_a_stop() throws SQLException {
        try (var connection = connect(server.address());
                var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE kept (n int)");
            statement.execute("INSERT INTO kept VALUES (1)");
        }

        server.kill();
        assertThat(server.isRunning()).isFalse();
        server.start();
        server.stop();
        server.start();

        try (var connection = connect(server.address());
                var rows = connection.createStatement().executeQuery("SELECT count(*) FROM kept")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(1);
        }
    }

    private static Connection connect(DatabaseAddress address) throws SQLException {
        return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
    }

    private static String setting(Connection connection, String name) throws SQLException {
        try (var rows = connection.createStatement().executeQuery("SELECT @@global." + name)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
