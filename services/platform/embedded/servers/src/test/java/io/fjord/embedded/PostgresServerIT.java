package io.fjord.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresServerIT {

    @TempDir
    static Path folder;

    static Home home;
    static PostgresServer server;

    @BeforeAll
    static void start() {
        home = Homes.in(folder);
        server = new PostgresServer(home, Homes.freePort(), Durability.ON_DISK);
        server.start();
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    @Test
    void every_commit_reaches_the_disk_and_the_log_can_be_decoded() throws SQLException {
        try (var connection = connect(server.address())) {
            assertThat(setting(connection, "fsync")).isEqualTo("on");
            assertThat(setting(connection, "synchronous_commit")).isEqualTo("on");
            assertThat(setting(connection, "full_page_writes")).isEqualTo("on");
            assertThat(setting(connection, "data_checksums")).isEqualTo("on");
            assertThat(setting(connection, "wal_level")).isEqualTo("logical");
            assertThat(setting(connection, "max_slot_wal_keep_size")).isEqualTo("1GB");
            assertThat(setting(connection, "idle_in_transaction_session_timeout"))
                    .isEqualTo("30s");
            assertThat(setting(connection, "listen_addresses")).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void a_wrong_password_is_refused_for_every_role() {
        for (var address : new DatabaseAddress[] {server.address(), server.cdcAddress(), server.adminAddress()}) {
            assertThatThrownBy(() -> connect(address.withUser(address.user(), "wrong")))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password authentication failed");
        }
    }

    @Test
    void secrets_are_readable_by_their_owner_only() throws Exception {
        try (var files = Files.list(home.secrets())) {
            assertThat(files)
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void the_application_role_makes_schemas_and_publications_and_the_capture_role_reads_and_replicates()
            throws SQLException {
        try (var connection = connect(server.address());
                var statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA rights");
            statement.execute("CREATE TABLE rights.event (n bigint PRIMARY KEY)");
            statement.execute("INSERT INTO rights.event VALUES (7)");
            statement.execute("CREATE PUBLICATION rights FOR TABLE rights.event WITH (publish = 'insert')");
            assertThatThrownBy(() -> statement.execute("CREATE ROLE another SUPERUSER"))
                    .isInstanceOf(SQLException.class);
        }
        try (var connection = connect(server.cdcAddress());
                var statement = connection.createStatement()) {
            var rows = statement.executeQuery("SELECT n FROM rights.event");
            assertThat(rows.next()).isTrue();
            statement.execute("SELECT pg_create_logical_replication_slot('rights', 'pgoutput')");
            statement.execute("SELECT pg_drop_replication_slot('rights')");
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

    @Test
    void after_a_kill_it_starts_once_the_last_of_its_processes_is_gone() throws Exception {
        var connection = connect(server.address());
        long busy;
        try (var rows = connection.createStatement().executeQuery("SELECT pg_backend_pid()")) {
            assertThat(rows.next()).isTrue();
            busy = rows.getLong(1);
        }
        Children.signal(busy, "STOP");
        server.kill();
        var noticed = CompletableFuture.runAsync(
                () -> Children.signal(busy, "CONT"), CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS));

        server.start();

        assertThat(noticed).isCompleted();
        assertThat(server.isRunning()).isTrue();
    }

    @Test
    void a_pid_file_that_names_a_stranger_does_not_keep_it_from_starting() throws Exception {
        server.stop();
        Files.writeString(
                home.data("postgres").resolve("postmaster.pid"),
                ProcessHandle.current().pid() + "\n/elsewhere\n0\n5432\n\n127.0.0.1\n\nready\n");

        server.start();

        assertThat(server.isRunning()).isTrue();
    }

    static Connection connect(DatabaseAddress address) throws SQLException {
        return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
    }

    private static String setting(Connection connection, String name) throws SQLException {
        try (var rows = connection.createStatement().executeQuery("SELECT current_setting('" + name + "')")) {
            rows.next();
            return rows.getString(1);
        }
    }
}
