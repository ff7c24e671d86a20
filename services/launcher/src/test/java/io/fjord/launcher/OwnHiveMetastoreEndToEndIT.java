package io.fjord.launcher;

import io.fjord.embedded.DatabaseAddress;
import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.embedded.HiveMetastoreServer;
import io.fjord.embedded.PostgresServer;
import io.fjord.testing.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A metastore that was there before, on a PostgreSQL of its own, set up by hand as README says. */
@EnabledIfSystemProperty(named = "fjord.all", matches = "true", disabledReason = "run by ./fjord test --all")
class OwnHiveMetastoreEndToEndIT extends HiveTablesContract {

    private static final String DATABASE = "metastore";

    private final PostgresServer own = TestServers.newPostgres(TestServers.newHome("own-metastore"), Durability.NONE);

    @Override
    DatabaseServer newDatabase() {
        return TestServers.newPostgres(TestServers.newHome("hive-tables"), Durability.NONE);
    }

    @Override
    Rows metastoreRows(DatabaseServer database) {
        own.start();
        run(
                own.adminAddress().withDatabase("postgres"),
                List.of(
                        "CREATE ROLE hms LOGIN PASSWORD 'of-the-metastore'",
                        "CREATE DATABASE " + DATABASE + " OWNER hms",
                        "CREATE ROLE reader LOGIN REPLICATION PASSWORD 'of-the-capture'"));
        return new Rows(as("hms", "of-the-metastore"), as("reader", "of-the-capture"));
    }

    private DatabaseAddress as(String user, String password) {
        DatabaseAddress admin = own.adminAddress();
        return new DatabaseAddress(admin.kind(), user, password, admin.host(), admin.port(), DATABASE);
    }

    @Override
    boolean isSetUp(HiveMetastoreServer metastore) {
        metastore.start();
        String tables = HiveMetastoreServer.CAPTURED_TABLES.stream()
                .map(table -> '"' + table + '"')
                .collect(Collectors.joining(", "));
        List<String> byHand = new ArrayList<>(List.of(
                "CREATE PUBLICATION fjord_hive FOR TABLE " + tables, "GRANT SELECT ON " + tables + " TO reader"));
        HiveMetastoreServer.CAPTURED_TABLES.forEach(
                table -> byHand.add("ALTER TABLE \"" + table + "\" REPLICA IDENTITY FULL"));
        run(own.adminAddress().withDatabase(DATABASE), byHand);
        return true;
    }

    private static void run(DatabaseAddress database, List<String> statements) {
        try (Connection connection =
                        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                Statement statement = connection.createStatement()) {
            for (String one : statements) {
                statement.execute(one);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    void stopOwn() {
        own.stop();
    }
}
