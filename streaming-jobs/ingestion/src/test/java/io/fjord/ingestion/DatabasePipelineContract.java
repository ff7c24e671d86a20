package io.fjord.ingestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.contract.core.pipeline.DatabaseTls;
import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.PipelineSource;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.contract.core.pipeline.PipelineTarget;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import io.fjord.contract.core.pipeline.SecretName;
import io.fjord.embedded.DatabaseAddress;
import io.fjord.embedded.DatabaseServer;
import io.fjord.testing.ServerCertificate;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.apache.iceberg.data.Record;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Tables of somebody's own database and their copies in the real catalog, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DatabasePipelineContract {

    static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PASSWORD = "p4ss-" + UUID.randomUUID();

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Pipelines> drivers = new ArrayList<>();
    private final String user =
            "u" + UUID.randomUUID().toString().replace("-", "").substring(0, 10);
    private Lake lake;
    private Connection source;

    /** Of this test: its table here and there, and its pipeline. */
    private String name = "";

    /** Where that is, and how it is connected to. */
    private DatabaseAddress at;

    private DatabaseTls tls = DatabaseTls.DISABLE;

    @TempDir
    Path folder;

    abstract DatabaseAddress admin();

    abstract DatabaseKind kind();

    /** A database and a user of this name, who owns it and may replicate. */
    abstract void makeUser(Statement admin, String user, String password) throws SQLException;

    abstract void dropUser(Statement admin, String user) throws SQLException;

    /** Columns of the types the database has, and values for them. */
    abstract Types types();

    /** As a table's key is named to be dropped. */
    abstract String primaryKey();

    /** What another does to the log while nobody captures. */
    abstract void loseTheLog(Statement admin, String pipeline) throws SQLException;

    /** A database of its own that offers TLS with that certificate; started. */
    abstract DatabaseServer encrypted(ServerCertificate certificate) throws Exception;

    /** From now on that certificate, which lies where the one before did. */
    abstract void renew(Statement admin, ServerCertificate certificate) throws Exception;

    /** That user has to speak TLS. */
    abstract void requireTls(Statement admin, String user) throws SQLException;

    /** Whether anything of the pipeline is in the database. */
    abstract boolean has(Statement admin, String pipeline) throws SQLException;

    /**
     * @param columns after the primary key
     * @param values of a row, as SQL
     * @param expected the same row in the table, as texts
     */
    record Types(String columns, String values, List<String> expected) {}

    @BeforeAll
    void open() throws Exception {
        lake = new Lake();
        at = admin();
        try (Connection admin = connect(admin());
                Statement statement = admin.createStatement()) {
            makeUser(statement, user, PASSWORD);
        }
        source = connect(own());
    }

    @AfterAll
    void close() throws Exception {
        source.close();
        threads.shutdownNow();
        lake.close();
        try (Connection admin = connect(admin());
                Statement statement = admin.createStatement()) {
            dropUser(statement, user);
        }
    }

    @AfterEach
    void stop() throws Exception {
        stopAll();
    }

    private void stopAll() throws InterruptedException {
        drivers.forEach(Pipelines::stopAll);
        for (Pipelines driver : drivers) {
            assertThat(driver.awaitEnd(PATIENCE)).isTrue();
        }
        drivers.clear();
    }

    // What comes

    @Test
    void a_table_is_copied_and_followed_also_after_an_interruption_and_through_new_columns() throws Exception {
        table("id int primary key, name varchar(50), amount decimal(10, 2)");
        run("insert into %s values (1, 'one', 1.10), (2, 'two', 2.20), (3, 'three', null)");
        Pipelines driver = driver();
        want(driver, order(1));
        awaitEqual("id, name, amount");

        run("insert into %s values (4, 'four', 4.40)");
        run("update %s set amount = 9.99 where id = 1");
        run("delete from %s where id = 2");
        run("update %s set id = 33 where id = 3");
        awaitEqual("id, name, amount");

        // Nobody listens meanwhile
        stopAll();
        run("update %s set name = 'vier' where id = 4");
        run("delete from %s where id = 1");
        run("insert into %s values (5, 'five', 5.50)");
        driver = driver();
        want(driver, order(2));
        awaitEqual("id, name, amount");

        run("alter table %s add column note varchar(20)");
        run("insert into %s values (6, 'six', 6.60, 'new')");
        awaitEqual("id, name, amount, note");

        // What this fills in rows that are there stands in no log
        run("alter table %s add column state varchar(20) default 'open'");
        run("insert into %s values (7, 'seven', 7.70, 'newer', 'shut')");
        awaitEqual("id, name, amount, note, state");

        run("alter table %s drop " + primaryKey());
        run("alter table %s add primary key (id, name)");
        run("update %s set amount = 0 where id = 7");
        awaitEqual("id, name, amount, note, state");

        run("truncate table %s");
        run("insert into %s values (8, 'eight', 8.80, null, null)");
        awaitEqual("id, name, amount, note, state");
        assertThat(progress(driver)).containsEntry("dead", 0L);
        assertThat(records()).doesNotContain(PASSWORD);
    }

    @Test
    void each_type_is_as_it_was() throws Exception {
        Types types = types();
        table("id int primary key, " + types.columns());
        run("insert into %s values (1, " + types.values() + ")");
        want(driver(), order(1));
        await().atMost(PATIENCE).until(() -> copy().size() == 1);
        run("insert into %s values (2, " + types.values() + ")");
        await().atMost(PATIENCE).until(() -> copy().size() == 2);

        // One was read as a whole, the other came from the log
        assertThat(copy())
                .allSatisfy(row -> assertThat(row.subList(1, row.size())).containsExactlyElementsOf(types.expected()));
    }

    @Test
    @EnabledIfSystemProperty(named = "fjord.all", matches = "true")
    void a_gap_in_the_log_is_told_and_filled_and_rows_that_are_gone_go() throws Exception {
        table("id int primary key, name varchar(50)");
        run("insert into %s values (1, 'one'), (2, 'two')");
        want(driver(), order(1));
        awaitEqual("id, name");
        run("insert into %s values (4, 'four')");
        awaitEqual("id, name");
        stopAll();
        run("delete from %s where id = 1");
        run("insert into %s values (3, 'three')");
        try (Connection admin = connect(admin());
                Statement statement = admin.createStatement()) {
            loseTheLog(statement, name);
        }
        Pipelines driver = driver();
        want(driver, order(2));

        awaitEqual("id, name");
        assertThat(progress(driver).get("reread"))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.map(String.class, Object.class))
                .extractingByKey("reason")
                .isIn("slot-lost", "log-purged", "log-reset");
    }

    @Test
    void what_has_to_be_done_in_the_database_is_said() throws Exception {
        table("id int, name varchar(50)");
        assertThat(failure(driver(), order(1))).contains("primary key");
        assertThat(failure(driver(), order(2, "wrong"))).contains("refuses the user", "Rotate the secret 'shop'");
        run("drop table %s");
        assertThat(failure(driver(), order(3))).contains("there is no table");
    }

    @Test
    void a_deleted_pipeline_leaves_nothing_in_the_database() throws Exception {
        table("id int primary key");
        run("insert into %s values (1)");
        Pipelines driver = driver();
        want(driver, order(1));
        awaitEqual("id");
        Order deleted = order(1, PASSWORD, true);

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(driver.want(List.of(deleted)))
                        .anySatisfy(one ->
                                assertThat(one).containsEntry("released", true).containsEntry("state", "stopped")));
        try (Connection admin = connect(admin());
                Statement statement = admin.createStatement()) {
            assertThat(has(statement, name)).isFalse();
        }
    }

    // TLS

    @Test
    void it_is_encrypted_and_a_server_that_cannot_show_who_it_is_is_refused() throws Exception {
        Path shown = Files.createDirectories(folder.resolve("shown"));
        ServerCertificate certificate = ServerCertificate.make(shown, "database");
        Connection before = source;
        DatabaseServer server = encrypted(certificate);
        at = server.adminAddress();
        try (Connection admin = connect(at);
                Statement statement = admin.createStatement()) {
            makeUser(statement, user, PASSWORD);
            source = connect(own());
            requireTls(statement, user);
            table("id int primary key, name varchar(50)");
            run("insert into %s values (1, 'one')");

            tls = DatabaseTls.DISABLE;
            Pipelines driver = driver();
            want(driver, order(1));
            await().atMost(PATIENCE).until(() -> progress(driver).get("reason") != null);
            assertThat(copy()).isEmpty();

            tls = DatabaseTls.REQUIRE;
            want(driver, order(2));
            awaitEqual("id, name");
            run("insert into %s values (2, 'two')");
            awaitEqual("id, name");

            // This process trusts nobody who signed that.
            tls = DatabaseTls.VERIFY_FULL;
            want(driver, order(3));
            awaitReason(driver, "its certificate is signed by nobody who is trusted here");
            run("insert into %s values (3, 'three')");
            stopAll();

            Process trusting = process(trust(certificate));
            try {
                String unused = ask(trusting, order(4));
                awaitEqual("id, name");
                run("insert into %s values (4, 'four')");
                awaitEqual("id, name");
            } finally {
                trusting.destroyForcibly().waitFor();
            }

            ServerCertificate another = ServerCertificate.make(shown, "other", "dns:elsewhere.example.org");
            renew(statement, another);
            Process deceived = process(trust(another));
            try {
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(ask(deceived, order(5)))
                                .contains("its certificate does not name that host"));
            } finally {
                deceived.destroyForcibly().waitFor();
            }
        } finally {
            source.close();
            source = before;
            at = admin();
            tls = DatabaseTls.DISABLE;
            server.close();
        }
    }

    @Test
    void a_server_without_tls_is_not_spoken_to_in_clear_unless_that_is_wished() throws Exception {
        table("id int primary key");
        tls = DatabaseTls.REQUIRE;
        try {
            Pipelines driver = driver();
            want(driver, order(1));
            awaitReason(driver, "it offers none. Switch TLS on there");
        } finally {
            tls = DatabaseTls.DISABLE;
        }
    }

    private void awaitReason(Pipelines driver, String reason) {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(progress(driver).get("reason")).asString().contains(reason));
    }

    /** What a process is told that is to trust that certificate, and no other. */
    private String[] trust(ServerCertificate certificate) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("database", certificate.certificate());
        Path file = folder.resolve(certificate.certificate().hashCode() + ".p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            trusted.store(out, "of-a-test".toCharArray());
        }
        return new String[] {
            "-Djavax.net.ssl.trustStore=" + file,
            "-Djavax.net.ssl.trustStoreType=PKCS12",
            "-Djavax.net.ssl.trustStorePassword=of-a-test"
        };
    }

    // Kills

    @Test
    @EnabledIfSystemProperty(named = "fjord.all", matches = "true")
    void a_process_killed_while_everything_changes_leaves_nothing_out() throws Exception {
        table("id int primary key, n int, name varchar(50)");
        run("insert into %s values " + values(0, 500));
        Random random = new Random(7);
        for (int kill = 0; kill < 4; kill++) {
            Process process = process();
            try {
                String unused = ask(process, order(1));
                long until = System.nanoTime() + Duration.ofSeconds(3 + kill).toNanos();
                while (System.nanoTime() < until) {
                    change(random);
                }
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
        want(driver(), order(1));

        awaitEqual("id, n, name");
        assertThat(Files.readString(folder.resolve("driver.log"))).doesNotContain(PASSWORD);
    }

    private static String values(int from, int to) {
        StringBuilder rows = new StringBuilder();
        for (int id = from; id < to; id++) {
            rows.append(id == from ? "" : ", ")
                    .append("(")
                    .append(id)
                    .append(", 0, 'row ")
                    .append(id)
                    .append("')");
        }
        return rows.toString();
    }

    /** A transaction of some changes, a tenth of them taken back. */
    private void change(Random random) throws SQLException {
        source.setAutoCommit(false);
        for (int i = 0; i <= random.nextInt(4); i++) {
            int id = random.nextInt(700);
            switch (random.nextInt(4)) {
                case 0 -> run("delete from %s where id = " + id);
                case 1 ->
                    run("update %s set id = id + 1000 where id = " + id
                            + " and not exists (select 1 from (select id from %s) t where t.id = " + (id + 1000) + ")");
                case 2 -> run("update %s set n = n + 1 where id = " + id);
                default -> {
                    run("delete from %s where id = " + id);
                    run("insert into %s values (" + id + ", " + random.nextInt() + ", 'again')");
                }
            }
        }
        if (random.nextInt(10) == 0) {
            source.rollback();
        } else {
            source.commit();
        }
        source.setAutoCommit(true);
    }

    private Process process(String... settings) throws IOException {
        Files.deleteIfExists(folder.resolve("endpoints.json"));
        Path config = folder.resolve("driver.json");
        Files.write(config, Settings.JSON.writeValueAsBytes(lake.settings(folder.toString())));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx320m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(settings));
        command.addAll(List.of("io.fjord.ingestion.IngestionDriver", "--config", config.toString()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("driver.log").toFile()))
                .start();
    }

    /** @return what it says of its pipelines */
    private String ask(Process process, Order order) throws Exception {
        Path endpoints = folder.resolve("endpoints.json");
        await().atMost(PATIENCE).until(() -> Files.exists(endpoints) || !process.isAlive());
        String url =
                Settings.JSON.readTree(endpoints.toFile()).path("controlUrl").asText();
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/pipelines"))
                .header("Authorization", "Bearer secret")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(Settings.JSON.writeValueAsBytes(List.of(order))))
                .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(process.info().commandLine().orElse("")).doesNotContain(PASSWORD);
        return answer.body();
    }

    // Words

    String name() {
        return name;
    }

    void table(String columns) throws SQLException {
        name = "t" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);
        run("create table %s (" + columns + ")");
    }

    void run(String sql) throws SQLException {
        try (Statement statement = source.createStatement()) {
            statement.execute(sql.replace("%s", name));
        }
    }

    private static Connection connect(DatabaseAddress address) throws SQLException {
        return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
    }

    private DatabaseAddress own() {
        DatabaseAddress admin = at;
        return new DatabaseAddress(admin.kind(), user, PASSWORD, admin.host(), admin.port(), user);
    }

    Pipelines driver() {
        Pipelines driver = new Pipelines(lake.settings(folder.toString()), new DirectEngine(threads));
        drivers.add(driver);
        return driver;
    }

    static void want(Pipelines driver, Order order) {
        var unused = driver.want(List.of(order));
    }

    private String failure(Pipelines driver, Order order) {
        want(driver, order);
        await().atMost(PATIENCE).until(() -> "failed".equals(progress(driver).get("state")));
        return String.valueOf(progress(driver).get("reason"));
    }

    private Map<String, Object> progress(Pipelines driver) {
        return driver.documents().stream()
                .filter(one -> name.equals(one.get("id")))
                .findFirst()
                .orElseThrow();
    }

    private PipelineSpec spec() {
        DatabaseAddress admin = at;
        return new PipelineSpec(
                new PipelineSource(
                        null,
                        null,
                        new DatabaseSource(
                                kind(),
                                admin.host(),
                                admin.port(),
                                user,
                                user,
                                new SecretName("shop"),
                                List.of(name),
                                tls)),
                new PipelineTarget(null, "travel", name, null, null),
                PipelineMode.UPSERT,
                null,
                SchemaEvolution.ADD_COLUMNS,
                1,
                null,
                1);
    }

    Order order(long generation) {
        return order(generation, PASSWORD);
    }

    private Order order(long generation, String password) {
        return order(generation, password, false);
    }

    private Order order(long generation, String password, boolean release) {
        return new Order(
                name,
                "default",
                name,
                generation,
                false,
                "token",
                spec(),
                PipelinePosition.earliest(),
                1,
                release,
                password);
    }

    void awaitEqual(String columns) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(copy()).containsExactlyInAnyOrderElementsOf(original(columns)));
    }

    private List<List<String>> original(String columns) throws SQLException {
        List<List<String>> rows = new ArrayList<>();
        try (Statement statement = source.createStatement();
                ResultSet result = statement.executeQuery("select " + columns + " from " + name)) {
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(String.valueOf(result.getString(i)));
                }
                rows.add(row);
            }
        }
        return rows;
    }

    private List<List<String>> copy() {
        if (!lake.has(name)) {
            return List.of();
        }
        List<List<String>> rows = new ArrayList<>();
        for (Record record : lake.rows(name)) {
            List<String> row = new ArrayList<>();
            for (int i = 0; i < record.size(); i++) {
                row.add(text(record.get(i)));
            }
            rows.add(row);
        }
        return rows;
    }

    private static String text(@Nullable Object value) {
        if (value instanceof java.nio.ByteBuffer bytes) {
            byte[] array = new byte[bytes.remaining()];
            bytes.duplicate().get(array);
            return java.util.HexFormat.of().formatHex(array);
        }
        return String.valueOf(value);
    }

    /** All that the topic of the source has, as text. */
    private String records() {
        StringBuilder all = new StringBuilder();
        lake.records("fjord.pipeline.default." + name + ".changes")
                .forEach(record -> Stream.concat(
                                Stream.of(record.value()),
                                Stream.of(record.headers().toArray()).map(header -> header.value()))
                        .filter(bytes -> bytes != null)
                        .forEach(bytes -> all.append(new String(bytes, StandardCharsets.UTF_8))));
        return all.toString();
    }
}
