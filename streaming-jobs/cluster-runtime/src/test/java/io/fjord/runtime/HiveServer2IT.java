package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hive.service.rpc.thrift.TCLIService;
import org.apache.hive.service.rpc.thrift.TCloseSessionReq;
import org.apache.hive.service.rpc.thrift.TExecuteStatementReq;
import org.apache.hive.service.rpc.thrift.TFetchOrientation;
import org.apache.hive.service.rpc.thrift.TFetchResultsReq;
import org.apache.hive.service.rpc.thrift.TGetDelegationTokenReq;
import org.apache.hive.service.rpc.thrift.TOpenSessionReq;
import org.apache.hive.service.rpc.thrift.TProtocolVersion;
import org.apache.hive.service.rpc.thrift.TSessionHandle;
import org.apache.hive.service.rpc.thrift.TStatusCode;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.transport.TMemoryBuffer;
import org.apache.thrift.transport.TMemoryInputTransport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** HiveServer2 with a client people use: Kyuubi's JDBC driver. */
class HiveServer2IT {

    private static final String LONG = "SELECT count(*) FROM range(100000000000000) WHERE id % 7 = 3";
    private static RunningDriver driver;

    @BeforeAll
    static void tables() throws Exception {
        driver = RunningDriver.shared();
        try (var connection = connect("default");
                var statement = connection.createStatement()) {
            statement.execute("CREATE NAMESPACE IF NOT EXISTS hive_it");
            statement.execute("CREATE TABLE IF NOT EXISTS hive_it.flights"
                    + " (id BIGINT NOT NULL COMMENT 'the flight', delay DECIMAL(9,2), origin STRING)");
            statement.execute("INSERT OVERWRITE hive_it.flights VALUES (1, 1.50, 'SFO'), (2, NULL, 'JFK')");
        }
    }

    private static Connection connect(String database) throws Exception {
        return connect(database, "cliservice", TestControlPlane.ALICE);
    }

    private static Connection connect(String database, String path, String token) throws Exception {
        return DriverManager.getConnection(
                "jdbc:hive2://" + driver.address("hiveHttpUrl") + "/" + database + ";transportMode=http;httpPath="
                        + path,
                // A name is not believed, so any will do.
                "somebody",
                token);
    }

    private static List<String> column(ResultSet rows, String name) throws SQLException {
        var values = new ArrayList<String>();
        while (rows.next()) {
            values.add(rows.getString(name));
        }
        return values;
    }

    @Test
    void every_type_of_spark_arrives() throws Exception {
        try (var connection = connect("default");
                var statement = connection.createStatement();
                var rows = statement.executeQuery(
                        "SELECT true AS a, 1Y AS b, 2S AS c, 3 AS d, 4L AS e,"
                                + " CAST(0.1 AS FLOAT) AS f, 0.25D AS g, 1234.50BD AS h, 'text' AS i, X'0102' AS j,"
                                + " DATE'2024-02-29' AS k, TIMESTAMP'2024-02-29 12:34:56.789' AS l,"
                                + " TIMESTAMP_NTZ'2024-02-29 12:34:56' AS m, INTERVAL '1-2' YEAR TO MONTH AS n,"
                                + " INTERVAL '1 02:03:04' DAY TO SECOND AS o, array(1, 2) AS p, map('k', 1) AS q,"
                                + " named_struct('x', 1, 'y', 'z') AS r, CAST(NULL AS INT) AS s, NULL AS t, make_interval(1, 2) AS u")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getBoolean("a")).isTrue();
            assertThat(rows.getByte("b")).isEqualTo((byte) 1);
            assertThat(rows.getShort("c")).isEqualTo((short) 2);
            assertThat(rows.getInt("d")).isEqualTo(3);
            assertThat(rows.getLong("e")).isEqualTo(4);
            assertThat(rows.getFloat("f")).isEqualTo(0.1f);
            assertThat(rows.getDouble("g")).isEqualTo(0.25);
            assertThat(rows.getBigDecimal("h")).isEqualTo(new BigDecimal("1234.50"));
            assertThat(rows.getString("i")).isEqualTo("text");
            assertThat(rows.getObject("j")).isEqualTo(new byte[] {1, 2});
            assertThat(rows.getDate("k")).isEqualTo(Date.valueOf("2024-02-29"));
            assertThat(rows.getTimestamp("l")).isEqualTo(Timestamp.valueOf("2024-02-29 12:34:56.789"));
            assertThat(rows.getTimestamp("m")).isEqualTo(Timestamp.valueOf("2024-02-29 12:34:56"));
            assertThat(rows.getString("n")).isEqualTo("1-2");
            assertThat(rows.getString("o")).isEqualTo("1 02:03:04.000000000");
            assertThat(rows.getString("p")).isEqualTo("[1,2]");
            assertThat(rows.getString("q")).isEqualTo("{\"k\":1}");
            assertThat(rows.getString("r")).isEqualTo("{\"x\":1,\"y\":\"z\"}");
            assertThat(rows.getObject("s")).isNull();
            assertThat(rows.getObject("t")).isNull();
            assertThat(rows.getString("u")).isEqualTo("1 years 2 months");
            assertThat(rows.next()).isFalse();
            var types = rows.getMetaData();
            assertThat(types.getColumnTypeName(8)).isEqualTo("decimal");
            assertThat(types.getPrecision(8)).isEqualTo(6);
            assertThat(types.getScale(8)).isEqualTo(2);
        }
    }

    @Test
    void types_arrive_the_same_from_many_partitions() throws Exception {
        try (var connection = connect("default");
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT CAST(id / 2 AS DECIMAL(20,1)) AS a,"
                        + " date_add(DATE'2024-02-28', CAST(id AS INT)) AS b, timestamp_seconds(id) AS c,"
                        + " array(named_struct('x', id, 'y', CAST(NULL AS STRING))) AS d, map('k', id) AS e,"
                        + " INTERVAL '1-2' YEAR TO MONTH AS f, CAST(NULL AS VOID) AS g, X'00ff' AS h,"
                        + " parse_json('[1]') AS i FROM range(0, 6000, 1, 3)")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.next()).isTrue();
            assertThat(rows.getBigDecimal("a")).isEqualTo(new BigDecimal("0.5"));
            assertThat(rows.getString("b")).isEqualTo("2024-02-29");
            assertThat(rows.getString("c")).isEqualTo("1970-01-01 00:00:01.0");
            assertThat(rows.getString("d")).isEqualTo("[{\"x\":1,\"y\":null}]");
            assertThat(rows.getString("e")).isEqualTo("{\"k\":1}");
            assertThat(rows.getString("f")).isEqualTo("1-2");
            assertThat(rows.getObject("g")).isNull();
            assertThat(rows.getObject("h")).isEqualTo(new byte[] {0, (byte) 0xff});
            assertThat(rows.getString("i")).isEqualTo("[1]");
        }
    }

    @Test
    void a_result_of_many_rows_comes_in_batches_and_in_order() throws Exception {
        try (var connection = connect("default");
                var statement = connection.createStatement()) {
            statement.setFetchSize(5_000);
            try (var rows = statement.executeQuery("SELECT id FROM range(0, 200000, 1, 7)")) {
                var expected = 0L;
                while (rows.next()) {
                    assertThat(rows.getLong(1)).isEqualTo(expected++);
                }
                assertThat(expected).isEqualTo(200_000);
            }
        }
    }

    @Test
    void tables_are_shared_and_sessions_are_not() throws Exception {
        try (var one = connect("hive_it");
                var other = connect("default");
                var first = one.createStatement();
                var second = other.createStatement()) {
            first.execute("CREATE TEMPORARY VIEW mine AS SELECT 1 AS x");
            first.execute("SET TIME ZONE 'Asia/Tokyo'");

            assertThat(column(first.executeQuery("SELECT origin FROM flights ORDER BY id"), "origin"))
                    .containsExactly("SFO", "JFK");
            assertThat(column(second.executeQuery("SELECT origin FROM hive_it.flights ORDER BY id"), "origin"))
                    .containsExactly("SFO", "JFK");
            assertThat(column(second.executeQuery("SELECT current_timezone() AS zone"), "zone"))
                    .containsExactly("UTC");
            assertThatThrownBy(() -> second.executeQuery("SELECT * FROM mine"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("TABLE_OR_VIEW_NOT_FOUND");
        }
    }

    @Test
    void statements_without_rows_say_so() throws Exception {
        try (var connection = connect("hive_it");
                var statement = connection.createStatement()) {
            assertThat(statement.execute("CREATE OR REPLACE TABLE made (x INT)"))
                    .isFalse();
            assertThat(statement.execute("INSERT INTO made WITH two AS (SELECT 2) SELECT * FROM two"))
                    .isFalse();
            assertThat(statement.execute("SHOW TABLES;")).isTrue();
            assertThat(column(statement.executeQuery("SELECT x FROM made"), "x"))
                    .containsExactly("2");
            assertThat(statement.execute("DROP TABLE made")).isFalse();
        }
    }

    @Test
    void the_catalog_is_described() throws Exception {
        try (var connection = connect("default")) {
            var metadata = connection.getMetaData();
            assertThat(metadata.getDatabaseProductName()).isEqualTo("Spark SQL");
            assertThat(metadata.getDatabaseProductVersion()).startsWith("4.1");
            assertThat(column(metadata.getCatalogs(), "TABLE_CAT")).containsExactly("guarded", "lakehouse");
            assertThat(column(metadata.getSchemas(null, "hive%"), "TABLE_SCHEM"))
                    .containsExactly("hive_it");
            assertThat(column(metadata.getTables(null, "hive\\_it", "fl_ghts", null), "TABLE_NAME"))
                    .containsExactly("flights");
            assertThat(column(metadata.getTables(null, "hive_it", "%", new String[] {"VIEW"}), "TABLE_NAME"))
                    .isEmpty();
            assertThat(column(metadata.getTableTypes(), "TABLE_TYPE")).containsExactly("TABLE", "VIEW");
            try (var columns = metadata.getColumns(null, "hive_it", "flights", "%")) {
                assertThat(columns.next()).isTrue();
                assertThat(columns.getString("COLUMN_NAME")).isEqualTo("id");
                assertThat(columns.getInt("DATA_TYPE")).isEqualTo(java.sql.Types.BIGINT);
                assertThat(columns.getString("IS_NULLABLE")).isEqualTo("NO");
                assertThat(columns.getString("REMARKS")).isEqualTo("the flight");
                assertThat(columns.next()).isTrue();
                assertThat(columns.getString("TYPE_NAME")).isEqualTo("DECIMAL(9,2)");
                assertThat(columns.getInt("COLUMN_SIZE")).isEqualTo(9);
                assertThat(columns.getInt("DECIMAL_DIGITS")).isEqualTo(2);
                assertThat(columns.next()).isTrue();
                assertThat(columns.getInt("ORDINAL_POSITION")).isEqualTo(3);
                assertThat(columns.next()).isFalse();
            }
            assertThat(column(metadata.getTypeInfo(), "TYPE_NAME")).contains("BIGINT", "DECIMAL", "TIMESTAMP_NTZ");
            assertThat(column(metadata.getFunctions(null, null, "date_tr%"), "FUNCTION_NAME"))
                    .containsExactly("date_trunc");
            assertThat(metadata.getPrimaryKeys(null, "hive_it", "flights").next())
                    .isFalse();
        }
    }

    @Test
    void an_error_of_sql_comes_with_its_state_and_sparks_words() throws Exception {
        try (var connection = connect("default");
                var statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("SELEKT 1"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42601"))
                    .hasMessageContaining("PARSE_SYNTAX_ERROR");
            assertThatThrownBy(() -> statement.executeQuery("SELECT id / 0 FROM range(10)"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22012"))
                    .hasMessageContaining("DIVIDE_BY_ZERO")
                    .message()
                    .doesNotContain("\tat ", "org.apache.spark");
            assertThatThrownBy(() -> statement.executeQuery("SELECT reflect('java.lang.System', 'exit', 0)"))
                    .hasMessageContaining("UNRESOLVED_ROUTINE");
            // The session goes on.
            assertThat(column(statement.executeQuery("SELECT 'on' AS x"), "x")).containsExactly("on");
        }
    }

    @Test
    void a_statement_that_is_cancelled_frees_its_cores() throws Exception {
        try (var connection = connect("default");
                var statement = connection.createStatement()) {
            var failure = CompletableFuture.supplyAsync(() -> {
                try {
                    statement.executeQuery(LONG);
                    return null;
                } catch (SQLException e) {
                    return e;
                }
            });
            driver.awaitStatement();

            statement.cancel();

            assertThat((Throwable) failure.get(60, TimeUnit.SECONDS)).isNotNull();
            driver.awaitNoStatement();
        }
    }

    @Test
    void a_statement_that_takes_longer_than_its_client_allows_ends() throws Exception {
        try (var connection = connect("default");
                var statement = connection.createStatement()) {
            statement.setQueryTimeout(1);

            assertThatThrownBy(() -> statement.executeQuery(LONG)).isInstanceOf(SQLException.class);
            driver.awaitNoStatement();
        }
    }

    @Test
    void closing_a_session_ends_its_statements() throws Exception {
        var connection = connect("default");
        try (connection;
                var statement = connection.createStatement()) {
            var ended = CompletableFuture.runAsync(() -> {
                try {
                    statement.executeQuery(LONG);
                } catch (SQLException e) {
                    // As it should.
                }
            });
            driver.awaitStatement();
            connection.close();
            driver.awaitNoStatement();
            ended.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void who_may_not_come_in_and_an_unknown_database_are_refused() {
        for (var token : List.of("wrong", RunningDriver.SECRET)) {
            assertThatThrownBy(() -> connect("default", "cliservice", token)).hasStackTraceContaining("401");
        }
        assertThatThrownBy(() -> connect("default", "cliservice", TestControlPlane.CAROL))
                .hasStackTraceContaining("user:carol may not use default/cluster/etl")
                .hasStackTraceContaining(TestControlPlane.DECISION);
        assertThatThrownBy(() -> connect("nowhere")).hasStackTraceContaining("There is no database 'nowhere'");
    }

    @Test
    void a_statement_runs_as_whose_the_token_is() throws Exception {
        try (var alice = connect("default");
                var bob = connect("default", "cliservice", TestControlPlane.BOB);
                var hers = alice.createStatement();
                var his = bob.createStatement()) {
            var who = "SELECT concat_ws(' ', current_user(), session_user(), user()) AS who";
            assertThat(column(hers.executeQuery(who), "who")).containsExactly("user:alice user:alice user:alice");
            his.execute("SET spark.sql.currentUser=user:alice");
            his.execute("SET spark.user.name=user:alice");
            his.execute("SET fjord.actor=user:alice");
            assertThat(column(his.executeQuery(who), "who")).containsExactly("user:bob user:bob user:bob");

            assertThat(column(hers.executeQuery("SHOW NAMESPACES IN guarded"), "namespace"))
                    .containsExactly("home_of_alice");
            assertThat(column(his.executeQuery("SHOW NAMESPACES IN guarded"), "namespace"))
                    .containsExactly("home_of_bob");
            assertThat(column(his.executeQuery("SET"), "value"))
                    .noneMatch(value -> value != null && value.contains("token-of-"));
        }
    }

    @Test
    void a_catalog_of_ones_own_is_not_shown_a_token() throws Exception {
        var plane = TestControlPlane.shared();
        try (var connection = connect("default");
                var statement = connection.createStatement()) {
            statement.execute("SET spark.sql.catalog.elsewhere=org.apache.iceberg.spark.SparkCatalog");
            statement.execute("SET spark.sql.catalog.elsewhere.type=rest");
            statement.execute("SET spark.sql.catalog.elsewhere.uri=" + plane.url() + "/iceberg");
            statement.execute("SET spark.sql.catalog.elsewhere.rest.auth.type=" + CatalogTokens.class.getName());
            var before = plane.askedCatalog().size();

            assertThatThrownBy(() -> statement.executeQuery("SHOW NAMESPACES IN elsewhere"))
                    .hasMessageContaining("the cluster's own catalogs alone");
            assertThat(plane.askedCatalog()).hasSize(before);
        }
    }

    @Test
    void a_token_that_is_revoked_is_refused_though_its_session_is_open() throws Exception {
        var plane = TestControlPlane.shared().knows("revoked-soon", "user:erin");
        var session = open("revoked-soon");
        Receive<TStatusCode> status =
                client -> client.recv_ExecuteStatement().getStatus().getStatusCode();
        Send select = client -> client.send_ExecuteStatement(new TExecuteStatementReq(session, "SELECT 1"));
        assertThat(thrift("revoked-soon", select, status)).isEqualTo(TStatusCode.SUCCESS_STATUS);

        plane.forgets("revoked-soon");

        await().atMost(Duration.ofSeconds(20))
                .until(() -> post("revoked-soon", new byte[1]).statusCode() == 401);
        driver.tellOfChange();
        // Nobody can close it any more, so the driver does.
        driver.awaitNoStatement();
    }

    @Test
    void what_runs_for_who_may_not_any_more_ends_though_they_never_call_again() throws Exception {
        var plane = TestControlPlane.shared().knows("fired", "user:erin");
        var statement = new TExecuteStatementReq(open("fired"), LONG);
        statement.setRunAsync(true);
        thrift("fired", client -> client.send_ExecuteStatement(statement), TCLIService.Client::recv_ExecuteStatement);
        driver.awaitStatement();

        plane.forgets("fired");
        driver.tellOfChange();

        driver.awaitNoStatement();
    }

    @Test
    void a_handle_in_other_hands_opens_nothing() throws Exception {
        var session = open(TestControlPlane.ALICE);
        var operation = thrift(
                        TestControlPlane.ALICE,
                        client -> client.send_ExecuteStatement(new TExecuteStatementReq(session, "SELECT 1")),
                        TCLIService.Client::recv_ExecuteStatement)
                .getOperationHandle();

        assertThat(thrift(
                                TestControlPlane.BOB,
                                client -> client.send_ExecuteStatement(new TExecuteStatementReq(session, "SELECT 1")),
                                TCLIService.Client::recv_ExecuteStatement)
                        .getStatus()
                        .getStatusCode())
                .isEqualTo(TStatusCode.INVALID_HANDLE_STATUS);
        assertThat(thrift(
                                TestControlPlane.BOB,
                                client -> client.send_FetchResults(
                                        new TFetchResultsReq(operation, TFetchOrientation.FETCH_NEXT, 10)),
                                TCLIService.Client::recv_FetchResults)
                        .getStatus()
                        .getStatusCode())
                .isEqualTo(TStatusCode.INVALID_HANDLE_STATUS);
        assertThat(thrift(
                                TestControlPlane.ALICE,
                                client -> client.send_FetchResults(
                                        new TFetchResultsReq(operation, TFetchOrientation.FETCH_NEXT, 10)),
                                TCLIService.Client::recv_FetchResults)
                        .getStatus()
                        .getStatusCode())
                .isEqualTo(TStatusCode.SUCCESS_STATUS);
        close(session, TestControlPlane.ALICE);
    }

    @Test
    void a_newer_token_of_the_same_user_takes_the_place_of_the_older() throws Exception {
        var plane = TestControlPlane.shared().knows("newer-token", "user:alice");
        var session = open(TestControlPlane.ALICE);
        for (var token : List.of(TestControlPlane.ALICE, "newer-token")) {
            var before = plane.askedCatalog().size();
            var answer = thrift(
                    token,
                    client -> client.send_ExecuteStatement(
                            new TExecuteStatementReq(session, "SHOW NAMESPACES IN guarded")),
                    TCLIService.Client::recv_ExecuteStatement);
            assertThat(answer.getStatus().getStatusCode()).isEqualTo(TStatusCode.SUCCESS_STATUS);
            assertThat(plane.askedCatalog().subList(before, plane.askedCatalog().size()))
                    .isNotEmpty()
                    .containsOnly("Bearer " + token);
        }
        close(session, TestControlPlane.ALICE);
    }

    @Test
    void while_the_control_plane_is_away_who_was_known_goes_on() throws Exception {
        var plane = TestControlPlane.shared().knows("unseen", "user:erin");
        try (var connection = connect("default");
                var statement = connection.createStatement()) {
            plane.away(true);
            try {
                assertThatThrownBy(() -> connect("default", "cliservice", "unseen"))
                        .hasStackTraceContaining("503");
                assertThat(column(statement.executeQuery("SELECT current_user() AS who"), "who"))
                        .containsExactly("user:alice");
            } finally {
                plane.away(false);
            }
        }
    }

    @Test
    void any_path_will_do() throws Exception {
        try (var connection = connect("default", "clusters/etl/hive", TestControlPlane.ALICE);
                var statement = connection.createStatement()) {
            assertThat(column(statement.executeQuery("SELECT current_catalog() AS x"), "x"))
                    .containsExactly("lakehouse");
        }
    }

    @Test
    void what_is_not_offered_is_refused_in_words() throws Exception {
        var old = new TOpenSessionReq(TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V5);
        var refused = thrift(
                        TestControlPlane.ALICE,
                        client -> client.send_OpenSession(old),
                        TCLIService.Client::recv_OpenSession)
                .getStatus();
        assertThat(refused.getStatusCode()).isEqualTo(TStatusCode.ERROR_STATUS);
        assertThat(refused.getErrorMessage()).contains("too old");

        var session = open(TestControlPlane.ALICE);
        var token = thrift(
                        TestControlPlane.ALICE,
                        client -> client.send_GetDelegationToken(new TGetDelegationTokenReq(session, "alice", "alice")),
                        TCLIService.Client::recv_GetDelegationToken)
                .getStatus();
        assertThat(token.getErrorMessage()).contains("no delegation tokens");
        assertThat(post(TestControlPlane.ALICE, "not thrift".getBytes(StandardCharsets.UTF_8))
                        .statusCode())
                .isEqualTo(400);
    }

    private interface Send {
        void to(TCLIService.Client client) throws Exception;
    }

    private interface Receive<T> {
        T from(TCLIService.Client client) throws Exception;
    }

    private static TSessionHandle open(String token) throws Exception {
        return thrift(
                        token,
                        client -> client.send_OpenSession(
                                new TOpenSessionReq(TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10)),
                        TCLIService.Client::recv_OpenSession)
                .getSessionHandle();
    }

    private static void close(TSessionHandle session, String token) throws Exception {
        assertThat(thrift(
                                token,
                                client -> client.send_CloseSession(new TCloseSessionReq(session)),
                                TCLIService.Client::recv_CloseSession)
                        .getStatus()
                        .getStatusCode())
                .isEqualTo(TStatusCode.SUCCESS_STATUS);
    }

    private static <T> T thrift(String token, Send send, Receive<T> receive) throws Exception {
        var out = new TMemoryBuffer(512);
        var answer = new TMemoryInputTransport();
        var client = new TCLIService.Client(new TBinaryProtocol(answer), new TBinaryProtocol(out));
        send.to(client);
        answer.reset(post(token, java.util.Arrays.copyOf(out.getArray(), out.length()))
                .body());
        return receive.from(client);
    }

    private static HttpResponse<byte[]> post(String token, byte[] body) throws Exception {
        var basic = Base64.getEncoder().encodeToString(("somebody:" + token).getBytes(StandardCharsets.UTF_8));
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(
                                        driver.endpoints().get("hiveHttpUrl").textValue()))
                                .header("Authorization", "Basic " + basic)
                                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
    }
}
