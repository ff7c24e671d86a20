package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightCallHeaders;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.HeaderCallOption;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Flight SQL with Arrow's own client and with the Flight SQL JDBC driver. */
class FlightSqlIT {

    private static final String LONG = "SELECT id FROM range(100000000000000) WHERE id % 7 = 8";
    private static RunningDriver driver;
    private static RootAllocator memory;
    private static FlightSqlClient client;

    @BeforeAll
    static void connect() throws Exception {
        driver = RunningDriver.shared();
        memory = new RootAllocator();
        var address = driver.address("flightUrl").split(":");
        client = new FlightSqlClient(
                FlightClient.builder(memory, Location.forGrpcInsecure(address[0], Integer.parseInt(address[1])))
                        .build());
        run("CREATE NAMESPACE IF NOT EXISTS flight_it");
        run(
                "CREATE OR REPLACE TABLE flight_it.airports AS SELECT * FROM VALUES ('SFO', 1L), ('JFK', 2L) AS t(code, id)");
    }

    @AfterAll
    static void disconnect() throws Exception {
        client.close();
    }

    private static CallOption with(String... headers) {
        return withCredential("Bearer " + TestControlPlane.ALICE, headers);
    }

    private static CallOption withCredential(String authorization, String... headers) {
        var all = new FlightCallHeaders();
        all.insert("authorization", authorization);
        for (var i = 0; i < headers.length; i += 2) {
            all.insert(headers[i], headers[i + 1]);
        }
        return new HeaderCallOption(all);
    }

    private static List<String> run(String statement, String... headers) throws Exception {
        return rows(client.execute(statement, with(headers)));
    }

    private static List<String> runAs(String credential, String statement, String... headers) throws Exception {
        var as = withCredential("Bearer " + credential, headers);
        return rows(client.execute(statement, as), as);
    }

    private static List<String> rows(FlightInfo info) throws Exception {
        return rows(info, with());
    }

    /** Every row as its values, comma between. */
    private static List<String> rows(FlightInfo info, CallOption as) throws Exception {
        var rows = new ArrayList<String>();
        try (var stream = client.getStream(info.getEndpoints().get(0).getTicket(), as)) {
            while (stream.next()) {
                var root = stream.getRoot();
                for (var row = 0; row < root.getRowCount(); row++) {
                    var values = new ArrayList<String>();
                    for (var vector : root.getFieldVectors()) {
                        values.add(String.valueOf(vector.getObject(row)));
                    }
                    rows.add(String.join(",", values));
                }
            }
        }
        return rows;
    }

    @Test
    void a_query_streams_all_its_rows_in_order() throws Exception {
        var info = client.execute("SELECT id, CAST(id AS STRING) AS text FROM range(0, 500000, 1, 9)", with());
        assertThat(info.getSchemaOptional().orElseThrow().getFields())
                .extracting(Field::getName)
                .containsExactly("id", "text");
        var expected = 0L;
        var batches = 0;
        try (var stream = client.getStream(info.getEndpoints().get(0).getTicket(), with())) {
            while (stream.next()) {
                batches++;
                var ids = (BigIntVector) stream.getRoot().getVector("id");
                for (var i = 0; i < ids.getValueCount(); i++) {
                    assertThat(ids.get(i)).isEqualTo(expected++);
                }
            }
        }
        assertThat(expected).isEqualTo(500_000);
        assertThat(batches).isGreaterThan(50);
    }

    @Test
    void a_command_has_its_effect_once_and_only_when_its_rows_are_taken() throws Exception {
        run("CREATE OR REPLACE TABLE flight_it.once (x INT)");
        var insert = client.execute("INSERT INTO flight_it.once VALUES (1)", with());
        assertThat(run("SELECT count(*) FROM flight_it.once")).containsExactly("0");

        rows(insert);

        assertThat(run("SELECT count(*) FROM flight_it.once")).containsExactly("1");
        assertThatThrownBy(() -> rows(insert))
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.NOT_FOUND));
        assertThat(client.executeUpdate("INSERT INTO flight_it.once VALUES (2)", with()))
                .isEqualTo(-1);
        assertThat(run("SELECT sum(x) FROM flight_it.once")).containsExactly("3");
    }

    @Test
    void scripts_and_procedures_run_once() throws Exception {
        run("CREATE OR REPLACE TABLE flight_it.scripted (x INT)");

        assertThat(
                        run(
                                "BEGIN INSERT INTO flight_it.scripted VALUES (1); SELECT count(*) AS n FROM flight_it.scripted; END"))
                .containsExactly("1");
        assertThat(run("EXECUTE IMMEDIATE 'INSERT INTO flight_it.scripted VALUES (2)'"))
                .isEmpty();
        assertThat(run("SELECT sum(x) FROM flight_it.scripted")).containsExactly("3");
        assertThat(run("CALL lakehouse.system.rewrite_manifests('flight_it.scripted')"))
                .hasSize(1);
        var prepared = client.prepare("CALL lakehouse.system.rewrite_manifests('flight_it.scripted')", with());
        assertThat(prepared.getResultSetSchema().getFields()).isEmpty();
        prepared.close(with());
    }

    @Test
    void headers_say_where_a_statement_starts() throws Exception {
        assertThat(run(
                        "SELECT code FROM airports ORDER BY id",
                        "fjord-session-catalog",
                        "lakehouse",
                        "fjord-session-namespace",
                        "flight_it"))
                .containsExactly("SFO", "JFK");
        assertThatThrownBy(() -> run("SELECT 1", "fjord-session-namespace", "nowhere"))
                .hasMessageContaining("nowhere");
        assertThatThrownBy(() -> run("SELECT 1", "fjord-statement-id", "a,b"))
                .hasMessageContaining("fjord-statement-id");
    }

    @Test
    void sessions_share_nothing_but_tables() throws Exception {
        run("SET TIME ZONE 'Asia/Tokyo'");

        assertThat(run("SELECT current_timezone()")).containsExactly("UTC");
    }

    @Test
    void parameters_are_bound_and_never_text() throws Exception {
        // Closed with the credential: without arguments it would be closed without one.
        var statement = client.prepare("SELECT code, ? AS mark FROM flight_it.airports WHERE id = ?", with());
        try (var mark = new VarCharVector("mark", memory);
                var id = new BigIntVector("id", memory)) {
            assertThat(statement.getParameterSchema().getFields()).hasSize(2);
            mark.setSafe(0, "' OR '1'='1".getBytes(StandardCharsets.UTF_8));
            mark.setValueCount(1);
            id.setSafe(0, 2);
            id.setValueCount(1);
            statement.setParameters(VectorSchemaRoot.of(mark, id));

            assertThat(rows(statement.execute(with()))).containsExactly("JFK,' OR '1'='1");
            assertThat(rows(statement.execute(with()))).containsExactly("JFK,' OR '1'='1");
        } finally {
            statement.close(with());
        }
        var missing = client.prepare("SELECT ?", with());
        assertThatThrownBy(() -> missing.execute(with())).hasMessageContaining("1 parameters and 0 were bound");
        missing.close(with());
        assertThatThrownBy(() -> client.prepare("SELECT nothing", with())).hasMessageContaining("UNRESOLVED_COLUMN");
    }

    @Test
    void a_statement_is_cancelled_by_its_id() throws Exception {
        var info = client.execute(LONG, with("fjord-statement-id", "0197-to-cancel"));
        var failure = CompletableFuture.supplyAsync(() -> {
            try {
                rows(info);
                return null;
            } catch (Exception e) {
                return e;
            }
        });
        driver.awaitStatement();

        assertThat(cancel("0197-to-cancel", withCredential("Bearer " + TestControlPlane.BOB)))
                .isEqualTo("unknown");
        assertThat(cancel("0197-to-cancel", withCredential("Bearer " + RunningDriver.SECRET)))
                .isEqualTo("cancelled");

        assertThat(failure.get(60, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.CANCELLED));
        driver.awaitNoStatement();
        assertThat(cancel("0197-to-cancel", with())).isEqualTo("unknown");
    }

    private static String cancel(String id, CallOption as) throws Exception {
        var address = driver.address("flightUrl").split(":");
        try (var plain = FlightClient.builder(
                        memory, Location.forGrpcInsecure(address[0], Integer.parseInt(address[1])))
                .build()) {
            var answer = plain.doAction(new Action("fjord.cancel", id.getBytes(StandardCharsets.UTF_8)), as);
            return new String(answer.next().getBody(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void a_client_that_goes_away_frees_the_cores() throws Exception {
        var info = client.execute(LONG, with());
        try (var stream = client.getStream(info.getEndpoints().get(0).getTicket(), with())) {
            driver.awaitStatement();
            stream.cancel("enough", null);
        }
        driver.awaitNoStatement();
    }

    @Test
    void a_reader_that_stops_holds_up_its_statement_and_nobody_else() throws Exception {
        var wide = "SELECT id, repeat('x', 1000) AS text FROM range(0, 200000, 1, 40)";
        var info = client.execute(wide, with());
        try (var stream = client.getStream(info.getEndpoints().get(0).getTicket(), with())) {
            assertThat(stream.next()).isTrue();

            assertThat(run("SELECT 'others go on'")).containsExactly("others go on");

            var rows = (long) stream.getRoot().getRowCount();
            while (stream.next()) {
                rows += stream.getRoot().getRowCount();
            }
            assertThat(rows).isEqualTo(200_000);
        }
    }

    @Test
    void a_partition_larger_than_the_heap_streams_and_leaves_nothing_behind() throws Exception {
        // 800 MB from one partition, of a driver with 640 MiB.
        var info = client.execute("SELECT id, repeat('x', 8000) AS text FROM range(0, 100000, 1, 1)", with());
        var rows = 0L;
        try (var stream = client.getStream(info.getEndpoints().get(0).getTicket(), with())) {
            while (stream.next()) {
                rows += stream.getRoot().getRowCount();
            }
        }
        assertThat(rows).isEqualTo(100_000);
        driver.awaitNoStatement();
        try (var files = java.nio.file.Files.walk(driver.workDir().resolve("spark/results"))) {
            assertThat(files.filter(java.nio.file.Files::isRegularFile)).isEmpty();
        }
    }

    private static void assertRefused(String credential, FlightStatusCode status, String words, String... headers) {
        assertThatThrownBy(() -> runAs(credential, "SELECT 1", headers))
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        e -> assertThat(e.status().code()).isEqualTo(status))
                .hasMessageContaining(words);
    }

    @Test
    void who_may_not_come_in_is_refused() {
        for (var credential : List.of("Bearer wrong", "Basic YWxpY2U6d3Jvbmc=", "Basic !")) {
            assertThatThrownBy(() -> client.execute("SELECT 1", withCredential(credential)))
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAUTHENTICATED));
        }
        assertThatThrownBy(() -> client.execute("SELECT 1")).hasMessageContaining("shows no token");
        assertRefused(TestControlPlane.CAROL, FlightStatusCode.UNAUTHORIZED, TestControlPlane.DECISION);
        // The secret is not that of a client, and a service must say for whom it asks.
        assertRefused(RunningDriver.SECRET, FlightStatusCode.UNAUTHENTICATED, "fjord-actor");
    }

    @Test
    void a_statement_runs_as_whose_the_token_is() throws Exception {
        var who = "SELECT current_user(), session_user(), user()";

        assertThat(runAs(TestControlPlane.BOB, who)).containsExactly("user:bob,user:bob,user:bob");
        assertThat(runAs(TestControlPlane.BOB, who, "fjord-actor", "user:alice", "fjord-actor-token", "token-of-alice"))
                .containsExactly("user:bob,user:bob,user:bob");
        assertThat(runAs(TestControlPlane.BOB, "SHOW NAMESPACES IN guarded")).containsExactly("home_of_bob");
    }

    @Test
    void a_service_runs_statements_on_behalf_of_who_asked_it() throws Exception {
        var alice = new String[] {"fjord-actor", "user:alice", "fjord-actor-token", TestControlPlane.ALICE};

        assertThat(runAs(RunningDriver.SECRET, "SELECT current_user()", alice)).containsExactly("user:alice");
        assertThat(runAs(RunningDriver.SECRET, "SHOW NAMESPACES IN guarded", alice))
                .containsExactly("home_of_alice");
        // Without a token there is an actor, and nothing to show at the catalog.
        assertThat(runAs(RunningDriver.SECRET, "SELECT current_user()", "fjord-actor", "user:bob"))
                .containsExactly("user:bob");
        assertThatThrownBy(() -> runAs(RunningDriver.SECRET, "SHOW NAMESPACES IN guarded", "fjord-actor", "user:bob"))
                .hasMessageContaining("nobody");
        assertRefused(
                RunningDriver.SECRET,
                FlightStatusCode.UNAUTHORIZED,
                "not that of user:bob",
                "fjord-actor",
                "user:bob",
                "fjord-actor-token",
                TestControlPlane.ALICE);
    }

    @Test
    void tickets_and_prepared_statements_are_their_owners_alone() throws Exception {
        var bob = withCredential("Bearer " + TestControlPlane.BOB);
        var info = client.execute("SELECT 'mine'", with());
        assertThatThrownBy(() -> rows(info, bob)).hasMessageContaining("Run the statement again");
        assertThat(rows(info)).containsExactly("mine");
        var prepared = client.prepare("SELECT 'mine'", with());
        assertThatThrownBy(() -> prepared.execute(bob)).hasMessageContaining("Prepare it again");
        prepared.close(with());
    }

    @Test
    void a_token_that_is_revoked_is_refused() throws Exception {
        TestControlPlane.shared().knows("flight-revoked", "user:erin");
        assertThat(runAs("flight-revoked", "SELECT current_user()")).containsExactly("user:erin");

        TestControlPlane.shared().forgets("flight-revoked");

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> assertRefused("flight-revoked", FlightStatusCode.UNAUTHENTICATED, "not valid any more"));
    }

    @Test
    void what_runs_for_who_may_not_any_more_is_ended_when_the_driver_is_told() throws Exception {
        var plane = TestControlPlane.shared().knows("flight-token-ends", "user:frida");
        // A service runs it for somebody of whom it has no token.
        for (var as : List.of(
                withCredential("Bearer flight-token-ends"),
                withCredential("Bearer " + RunningDriver.SECRET, "fjord-actor", "user:gustav"))) {
            var ended = CompletableFuture.supplyAsync(() -> {
                try {
                    rows(client.execute(LONG, as), as);
                    return "done";
                } catch (Exception e) {
                    return String.valueOf(e.getMessage());
                }
            });
            driver.awaitStatement();
            assertThat(driver.tellOfChange().toString()).contains("user:");
            assertThat(ended).isNotDone();

            plane.forgets("flight-token-ends");
            driver.tellOfChange();
            driver.control(
                    "POST", "/driver/access/ended", "Bearer " + RunningDriver.SECRET, "{\"actors\":[\"user:gustav\"]}");

            assertThat(ended.get(60, TimeUnit.SECONDS)).contains("may not use this cluster any more");
            driver.awaitNoStatement();
        }
    }

    @Test
    void an_error_of_sql_comes_with_its_state_and_sparks_words() {
        assertThatThrownBy(() -> run("SELECT * FROM flight_it.nothing"))
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.INVALID_ARGUMENT))
                .hasMessageContaining("[42P01] [TABLE_OR_VIEW_NOT_FOUND]");
        assertThatThrownBy(() -> run("SELECT 1 / (id - 50) FROM range(100)"))
                .hasMessageContaining("[22012] [DIVIDE_BY_ZERO]");
    }

    @Test
    void the_catalog_is_described() throws Exception {
        assertThat(rows(client.getCatalogs(with()))).containsExactly("guarded", "lakehouse");
        assertThat(rows(client.getSchemas(null, "flight%", with()))).containsExactly("lakehouse,flight_it");
        assertThat(rows(client.getTables("lakehouse", "flight_it", "air%", null, false, with())))
                .containsExactly("lakehouse,flight_it,airports,TABLE");
        assertThat(rows(client.getTables("lakehouse", "flight_it", "air%", List.of("VIEW"), false, with())))
                .isEmpty();
        assertThat(rows(client.getTables("lakehouse", "flight_it", "air%", null, true, with())))
                .hasSize(1);
        assertThat(rows(client.getTableTypes(with()))).containsExactly("TABLE", "VIEW");
        assertThat(rows(client.getSqlInfo(new FlightSql.SqlInfo[] {FlightSql.SqlInfo.FLIGHT_SQL_SERVER_NAME}, with())))
                .containsExactly("0,Fjord");
    }

    @Test
    void the_jdbc_driver_logs_in_with_a_password_and_binds_parameters() throws Exception {
        var url = "jdbc:arrow-flight-sql://" + driver.address("flightUrl") + "/?useEncryption=false";
        try (var connection = DriverManager.getConnection(url, "alice", TestControlPlane.ALICE);
                var plain = connection.createStatement();
                var prepared = connection.prepareStatement(
                        "SELECT code FROM lakehouse.flight_it.airports WHERE id = ? AND code <> ?")) {
            try (var rows = plain.executeQuery("SELECT count(*) FROM flight_it.airports")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getLong(1)).isEqualTo(2);
            }
            prepared.setString(1, "1");
            prepared.setString(2, "JFK");
            try (var rows = prepared.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1)).isEqualTo("SFO");
                assertThat(rows.next()).isFalse();
            }
            try (var tables = connection.getMetaData().getTables(null, "flight_it", "airports", null)) {
                assertThat(tables.next()).isTrue();
                assertThat(tables.getString("TABLE_NAME")).isEqualTo("airports");
            }
        }
        assertThatThrownBy(() -> DriverManager.getConnection(url, "alice", "wrong"))
                .hasStackTraceContaining("The token is not known");
    }
}
