package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.contract.core.pipeline.ReplicationNames;
import io.fjord.embedded.DatabaseAddress;
import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.embedded.PostgresServer;
import io.fjord.testing.ServerCertificate;
import io.fjord.testing.TestServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

class PostgresPipelineIT extends DatabasePipelineContract {

    @Override
    DatabaseAddress admin() {
        return TestServers.postgres().adminAddress();
    }

    @Override
    DatabaseKind kind() {
        return DatabaseKind.POSTGRESQL;
    }

    @Override
    void makeUser(Statement admin, String user, String password) throws SQLException {
        admin.execute("create role " + user + " login replication password '" + password + "'");
        admin.execute("create database " + user + " owner " + user);
    }

    @Override
    void dropUser(Statement admin, String user) throws SQLException {
        admin.execute("select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = '" + user
                + "' and not active");
        admin.execute("drop database if exists " + user + " with (force)");
        admin.execute("drop role if exists " + user);
    }

    @Override
    Types types() {
        return new Types(
                "a smallint, b bigint, c real, d double precision, e numeric(12, 4), f numeric, g boolean, h date,"
                        + " i time, j timestamp, k timestamptz, l uuid, m jsonb, n bytea, o text[], p char(3), q text,"
                        + " r interval, s bit(3), t inet, u int",
                "1, 9007199254740993, 0.5, 'NaN', 12.3400, 123456789012345678901234567890.5, true, '1969-12-31',"
                        + " '12:00', '2026-11-22 08:00:00.123456', '2026-11-22 09:00:00.123456+01',"
                        + " 'c0ffee00-0000-4000-8000-000000000001', '{\"a\": [1, null]}', '\\xff00', '{x,y}', 'ab',"
                        + " 'ø', '1 day', '101', '10.0.0.1', null",
                List.of(
                        "1",
                        "9007199254740993",
                        "0.5",
                        "NaN",
                        "12.3400",
                        "123456789012345678901234567890.5",
                        "true",
                        "1969-12-31",
                        "12:00:00",
                        "2026-11-22T08:00:00.123456",
                        "2026-11-22T08:00:00.123456Z",
                        "c0ffee00-0000-4000-8000-000000000001",
                        "{\"a\": [1, null]}",
                        "ff00",
                        "[\"x\",\"y\"]",
                        "ab ",
                        "ø",
                        "P0Y0M1DT0H0M0S",
                        "101",
                        "10.0.0.1",
                        "null"));
    }

    @Test
    void a_large_value_that_a_change_leaves_out_stays() throws Exception {
        table("id int primary key, n int, big text");
        run("alter table %s alter column big set storage external");
        run("insert into %s select 1, 0, string_agg(md5(i::text), '') from generate_series(1, 500) i");
        want(driver(), order(1));
        awaitEqual("id, n, big");

        run("update %s set n = 1");

        awaitEqual("id, n, big");
    }

    @Override
    String primaryKey() {
        return "constraint " + name() + "_pkey";
    }

    @Override
    DatabaseServer encrypted(ServerCertificate certificate) throws Exception {
        PostgresServer server = TestServers.newPostgres(TestServers.newHome("postgres-tls"), Durability.NONE);
        server.start();
        DatabaseAddress at = server.adminAddress();
        try (Connection admin = DriverManager.getConnection(at.jdbcUrl(), at.user(), at.password());
                Statement statement = admin.createStatement()) {
            renew(statement, certificate);
            statement.execute("alter system set ssl_cert_file = 'of-a-test.crt'");
            statement.execute("alter system set ssl_key_file = 'of-a-test.key'");
            statement.execute("alter system set ssl = on");
            statement.execute("select pg_reload_conf()");
        }
        return server;
    }

    /** The server itself writes them, where it may read them. */
    @Override
    void renew(Statement admin, ServerCertificate certificate) throws Exception {
        put(admin, certificate.file(), "of-a-test.crt");
        put(admin, certificate.key(), "of-a-test.key");
        admin.execute("select pg_reload_conf()");
    }

    private static void put(Statement admin, Path file, String name) throws Exception {
        admin.execute(
                "copy (select unnest(string_to_array('" + Files.readString(file).strip()
                        + "', E'\n'))) to program 'cat > " + name + " && chmod 600 " + name + "'");
    }

    @Override
    void requireTls(Statement admin, String user) throws SQLException {
        admin.execute("copy (select unnest(array['hostnossl all " + user + " all reject'] ||"
                + " string_to_array(pg_read_file('pg_hba.conf'), E'\n'))) to program"
                + " 'cat > pg_hba.new && chmod 600 pg_hba.new && mv pg_hba.new pg_hba.conf'");
        admin.execute("select pg_reload_conf()");
    }

    @Override
    void loseTheLog(Statement admin, String pipeline) throws SQLException {
        admin.execute("select pg_drop_replication_slot('" + ReplicationNames.of(pipeline) + "')");
    }

    @Override
    boolean has(Statement admin, String pipeline) throws SQLException {
        try (ResultSet slots = admin.executeQuery(
                "select 1 from pg_replication_slots where slot_name = '" + ReplicationNames.of(pipeline) + "'")) {
            return slots.next();
        }
    }
}
