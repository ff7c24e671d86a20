package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** How a driver starts, is asked after, and ends. */
class DriverLifeIT {

    private static final String BEARER = "Bearer " + RunningDriver.SECRET;

    @Test
    void endpoints_are_written_for_the_owner_alone() throws Exception {
        var driver = RunningDriver.shared();

        var endpoints = driver.endpoints();

        assertThat(endpoints.get("clusterId").textValue()).isEqualTo("0197-etl");
        assertThat(endpoints.get("generation").intValue()).isEqualTo(3);
        assertThat(endpoints.get("attempt").intValue()).isEqualTo(1);
        assertThat(endpoints.get("pid").longValue()).isEqualTo(driver.pid());
        assertThat(endpoints.get("controlUrl").textValue()).matches("http://127\\.0\\.0\\.1:\\d+");
        assertThat(endpoints.get("sparkConnectUrl").textValue()).matches("sc://localhost:\\d+");
        assertThat(endpoints.get("hiveHttpUrl").textValue()).matches("http://127\\.0\\.0\\.1:\\d+/cliservice");
        assertThat(endpoints.get("flightUrl").textValue()).matches("grpc://127\\.0\\.0\\.1:\\d+");
        assertThat(Instant.parse(endpoints.get("startedAt").textValue())).isBefore(Instant.now());
        var permissions = Files.getPosixFilePermissions(driver.workDir().resolve("endpoints.json"));
        assertThat(PosixFilePermissions.toString(permissions)).isEqualTo("rw-------");
        // What statements could read would make them anybody.
        assertThat(driver.workDir().resolve("driver.json")).doesNotExist();
        try (var files = Files.list(driver.workDir())) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.endsWith(".tmp"));
        }
    }

    @Test
    void control_calls_need_the_secret() throws Exception {
        var driver = RunningDriver.shared();

        assertThat(driver.control("GET", "/driver", null).statusCode()).isEqualTo(401);
        assertThat(driver.control("POST", "/driver/stop", "Bearer other").statusCode())
                .isEqualTo(401);
        assertThat(driver.control("POST", "/driver/stop", "Bearer " + TestControlPlane.ALICE)
                        .statusCode())
                .isEqualTo(401);
        assertThat(driver.control("GET", "/elsewhere", BEARER).statusCode()).isEqualTo(404);
        var state = driver.state();
        assertThat(state.get("state").textValue()).isEqualTo("running");
        assertThat(state.get("pid").longValue()).isEqualTo(driver.pid());
        assertThat(Instant.parse(state.get("lastActivityAt").textValue())).isBefore(Instant.now());
    }

    @Test
    void a_wrong_configuration_is_refused_with_all_its_faults() throws Exception {
        var driver = RunningDriver.start(config -> {
            config.remove("clusterId");
            config.put("cores", 0).put("colour", "blue");
            config.withObject("sparkConf").put("spark.master", "local[64]");
        });

        assertThat(driver.awaitEnd()).isEqualTo(2);
        assertThat(driver.log().lines().filter(line -> line.startsWith("The driver")))
                .containsExactly("The driver's configuration is wrong: 'clusterId' is missing;"
                        + " 'cores' must be a whole number from 1 to 1024;"
                        + " 'sparkConf.spark.master' is set by the platform and cannot be changed;"
                        + " 'colour' is not a known field");
        assertThat(driver.log()).doesNotContain(RunningDriver.SECRET);
    }

    @Test
    void a_port_that_is_taken_ends_the_start_with_a_clear_line() throws Exception {
        var taken =
                Integer.parseInt(RunningDriver.shared().address("controlUrl").split(":")[1]);

        var driver = RunningDriver.start(config -> config.put("controlPort", taken));

        assertThat(driver.awaitEnd()).isEqualTo(1);
        assertThat(driver.log()).contains("The driver cannot start: a port is taken");
    }

    @Test
    void a_driver_starts_without_its_catalog_and_ends_when_its_lease_is_over() throws Exception {
        var driver = RunningDriver.start(config -> {
                    config.put("leaseSeconds", 2);
                    config.putObject("sparkConf").put("spark.sql.catalog.lakehouse.rest.client.max-retries", "1");
                    config.withObject("catalogs")
                            .putObject("lakehouse")
                            // Port 9 is "discard": nobody answers.
                            .put("uri", "http://127.0.0.1:9/iceberg")
                            .put("warehouse", "default");
                    config.putObject("s3")
                            .put("endpoint", "http://127.0.0.1:9")
                            .put("accessKey", "the-access-key")
                            .put("secretKey", "the-secret-key")
                            .put("region", "us-east-1");
                })
                .awaitEndpoints();
        try (var renewals = new Renewals(driver)) {
            var url =
                    "jdbc:hive2://" + driver.address("hiveHttpUrl") + "/default;transportMode=http;httpPath=cliservice";
            try (var connection = DriverManager.getConnection(url, "alice", TestControlPlane.ALICE);
                    var statement = connection.createStatement()) {
                try (var rows = statement.executeQuery("SELECT 1 + 1")) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getInt(1)).isEqualTo(2);
                }
                // Whoever may read the configuration reads no key.
                try (var settings = statement.executeQuery("SET")) {
                    while (settings.next()) {
                        assertThat(settings.getString(1) + settings.getString(2))
                                .doesNotContain(TestControlPlane.ALICE, "the-access-key", "the-secret-key")
                                .doesNotContain(RunningDriver.SECRET);
                    }
                }
            }
            assertThat(renewals.answered()).isTrue();
        }

        assertThat(driver.awaitEnd()).isEqualTo(3);
        assertThat(driver.log())
                .contains("nobody renewed its lease")
                .doesNotContain(RunningDriver.SECRET, TestControlPlane.ALICE, "the-secret-key");
    }

    @Test
    void a_driver_that_is_asked_to_stop_ends_in_order() throws Exception {
        var driver = RunningDriver.start(config -> {}).awaitEndpoints();

        var answer = driver.control("POST", "/driver/stop", BEARER);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"state\":\"stopping\"");
        assertThat(driver.awaitEnd()).isZero();
    }

    /** Renews a lease until it is closed, as the operator does. */
    private static final class Renewals implements AutoCloseable {
        private final java.util.concurrent.ScheduledExecutorService timer =
                java.util.concurrent.Executors.newSingleThreadScheduledExecutor();
        private volatile boolean answered;

        Renewals(RunningDriver driver) {
            var unused = timer.scheduleAtFixedRate(
                    () -> {
                        try {
                            answered = driver.control("POST", "/driver/lease", BEARER)
                                            .statusCode()
                                    == 200;
                        } catch (Exception e) {
                            answered = false;
                        }
                    },
                    0,
                    300,
                    java.util.concurrent.TimeUnit.MILLISECONDS);
        }

        boolean answered() {
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> answered);
            return answered;
        }

        @Override
        public void close() {
            timer.shutdownNow();
        }
    }
}
