package io.fjord.cdc;

import io.fjord.embedded.DatabaseAddress;
import io.fjord.kernel.Ids;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/** Writes a journal as a service does: the counter row is taken first, the rows and the counter are one transaction. */
final class JournalWriter {

    private final DatabaseAddress owner;
    final String service;
    private final boolean postgres;

    JournalWriter(DatabaseAddress owner, String service) {
        this.owner = owner;
        this.service = service;
        this.postgres = owner.kind() == DatabaseAddress.Kind.POSTGRESQL;
    }

    Connection connect() throws SQLException {
        return connect(owner);
    }

    static Connection connect(DatabaseAddress as) throws SQLException {
        return DriverManager.getConnection(as.jdbcUrl(), as.user(), as.password());
    }

    void createTables() throws SQLException {
        try (Connection connection = connect();
                var statement = connection.createStatement()) {
            statement.execute((postgres ? "create schema " : "create database ") + service);
            statement.execute("create table " + service
                    + ".event (epoch bigint not null, n bigint not null, id varchar(36) not null,"
                    + " type varchar(200) not null, subject varchar(700) not null, version bigint,"
                    + " actor varchar(200) not null, correlation_id varchar(64) not null, causation_id varchar(64),"
                    + " command_id varchar(64), outcome varchar(16), command_digest varchar(64), traceparent varchar(64),"
                    + " time_micros bigint not null, data " + (postgres ? "text" : "longtext")
                    + " not null, policy_position varchar(200), warnings " + (postgres ? "text" : "longtext")
                    + ", primary key (epoch, n))");
            statement.execute(
                    "create table " + service
                            + ".counter (id int primary key, epoch bigint not null, n bigint not null, time_micros bigint not null)");
            statement.execute("insert into " + service + ".counter values (1, 1, 0, 0)");
            if (postgres) {
                statement.execute(
                        "do $$ begin if not exists (select from pg_publication where pubname = 'fjord_journal')"
                                + " then create publication fjord_journal with (publish = 'insert'); end if; end $$");
                statement.execute("alter publication fjord_journal add table " + service + ".event");
            }
        }
    }

    /** One transaction of so many events. */
    void append(int events) throws SQLException {
        try (Connection connection = connect()) {
            append(connection, events);
        }
    }

    void append(Connection connection, int events) throws SQLException {
        connection.setAutoCommit(false);
        long epoch;
        long n;
        long time;
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(
                        "select epoch, n, time_micros from " + service + ".counter where id = 1 for update")) {
            row.next();
            epoch = row.getLong(1);
            n = row.getLong(2);
            time = Math.max(row.getLong(3), System.currentTimeMillis() * 1000);
        }
        try (PreparedStatement insert = connection.prepareStatement("insert into " + service
                + ".event (epoch, n, id, type, subject, version, actor, correlation_id, time_micros, data)"
                + " values (?, ?, ?, 'fjord.test.thing.ThingHappened.v1', ?, ?, 'user:anna', 'c', ?, ?)")) {
            for (int i = 1; i <= events; i++) {
                insert.setLong(1, epoch);
                insert.setLong(2, n + i);
                insert.setString(3, Ids.next());
                insert.setString(4, "default/thing/t" + (n + i) % 7);
                insert.setLong(5, n + i);
                insert.setLong(6, time);
                insert.setString(7, "{\"n\":" + (n + i) + ",\"wörd\":\"\\\"é\"}");
                insert.addBatch();
            }
            insert.executeBatch();
        }
        execute(
                connection,
                "update " + service + ".counter set n = " + (n + events) + ", time_micros = " + time + " where id = 1");
        connection.commit();
    }

    void execute(String... statements) throws SQLException {
        try (Connection connection = connect()) {
            for (String sql : List.of(statements)) {
                execute(connection, sql);
            }
        }
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
