package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.embedded.DatabaseAddress;
import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.embedded.MariadbServer;
import io.fjord.testing.ServerCertificate;
import io.fjord.testing.TestServers;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

class MariadbPipelineIT extends DatabasePipelineContract {

    @Override
    DatabaseAddress admin() {
        return TestServers.mariadb().adminAddress();
    }

    @Override
    DatabaseKind kind() {
        return DatabaseKind.MARIADB;
    }

    @Override
    void makeUser(Statement admin, String user, String password) throws SQLException {
        admin.execute("create database " + user);
        admin.execute("create user '" + user + "'@'%' identified by '" + password + "'");
        admin.execute("grant all privileges on " + user + ".* to '" + user + "'@'%'");
        admin.execute("grant select, reload, replication slave, replication client, lock tables on *.* to '" + user
                + "'@'%'");
    }

    @Override
    void dropUser(Statement admin, String user) throws SQLException {
        admin.execute("drop database if exists " + user);
        admin.execute("drop user if exists '" + user + "'@'%'");
    }

    @Override
    Types types() {
        return new Types(
                "a tinyint, b bigint, c float, d double, e decimal(12, 4), f bigint unsigned, g boolean, h date, i time,"
                        + " j datetime(6), k timestamp(6) null, l enum('x', 'y'), m json, n varbinary(10), o bit(1),"
                        + " p bit(5), q text, r year, s int unsigned, t mediumtext, u int",
                "1, 9007199254740993, 0.5, 0.1, 12.3400, 18446744073709551615, true, '1969-12-31', '-100:00:01',"
                        + " '2026-11-22 08:00:00.123456', from_unixtime(1795334400.123456), 'y', '{\"a\": [1, null]}',"
                        + " x'ff00', b'1', b'10110', 'ø', 2026, 4294967295, '', null",
                List.of(
                        "1",
                        "9007199254740993",
                        "0.5",
                        "0.1",
                        "12.3400",
                        "18446744073709551615",
                        "1",
                        "1969-12-31",
                        "-100:00:01",
                        "2026-11-22T08:00:00.123456",
                        "2026-11-22T08:00:00.123456Z",
                        "y",
                        "{\"a\": [1, null]}",
                        "ff00",
                        "true",
                        "10110",
                        "ø",
                        "2026",
                        "4294967295",
                        "",
                        "null"));
    }

    @Override
    String primaryKey() {
        return "primary key";
    }

    @Override
    DatabaseServer encrypted(ServerCertificate certificate) throws Exception {
        MariadbServer server = TestServers.newMariadb(TestServers.newHome("mariadb-tls"), Durability.NONE)
                .encrypted(certificate.key(), certificate.file());
        server.start();
        return server;
    }

    @Override
    void renew(Statement admin, ServerCertificate certificate) throws Exception {
        admin.execute("flush ssl");
    }

    @Override
    void requireTls(Statement admin, String user) throws SQLException {
        admin.execute("alter user '" + user + "'@'%' require ssl");
    }

    @Override
    void loseTheLog(Statement admin, String pipeline) throws SQLException {
        admin.execute("reset master");
    }

    @Override
    boolean has(Statement admin, String pipeline) {
        // There it has nothing at any time.
        return false;
    }
}
