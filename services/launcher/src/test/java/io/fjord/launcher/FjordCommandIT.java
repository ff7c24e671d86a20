package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fjord.embedded.Checkout;
import io.fjord.embedded.ProcessIdentity;
import io.fjord.testing.TestServers;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The script as a user types it, on a home of its own; each test goes on where the one before ended. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FjordCommandIT {

    static Path home;
    static Map<String, String> environment;

    @BeforeAll
    static void chooseHome() {
        home = TestServers.newHome("fjord").root();
        environment = Map.of(
                "FJORD_NO_BUILD", "1",
                "FJORD_WITHOUT", "keycloak",
                "FJORD_HOME", home.toString(),
                "FJORD_PORT", port(),
                "FJORD_KAFKA_PORT", port(),
                "FJORD_KAFKA_CONTROLLER_PORT", port(),
                "FJORD_DATABASE_PORT", port(),
                "FJORD_S3_PORT", port());
    }

    @AfterAll
    static void down() throws Exception {
        fjord("down");
    }

    @Test
    @Order(1)
    void before_the_first_start_it_says_how_to_start() throws Exception {
        assertThat(fjord("status").code()).isEqualTo(3);
        assertThat(fjord("token")).satisfies(said -> {
            assertThat(said.code()).isEqualTo(1);
            assertThat(said.text()).contains("fjord up");
        });
    }

    @Test
    @Order(2)
    void up_starts_everything_and_twice_is_harmless() throws Exception {
        var first = fjord("up");
        assertThat(first.code()).as(first.text()).isZero();
        var before = processes();

        assertThat(fjord("up").code()).isZero();

        assertThat(processes()).isEqualTo(before);
        assertThat(before).containsOnlyKeys("kafka", "postgres", "object-store", "control-plane");
        assertThat(fjord("cluster", "list").text()).contains("There are no clusters");
        assertThat(fjord("api", "GET", "/api/v1/clusters/nobody").code()).isEqualTo(1);
    }

    @Test
    @Order(3)
    void another_database_is_refused() throws Exception {
        var said = fjord("up", "--db", "mariadb");

        assertThat(said.code()).isEqualTo(1);
        assertThat(said.text()).contains("a home keeps its database");
    }

    @Test
    @Order(4)
    void a_killed_control_plane_comes_back_by_itself() throws Exception {
        var killed = processes().get("control-plane");

        ProcessHandle.of(killed).orElseThrow().destroyForcibly();

        // Each command starts a JVM, so it is not what is asked again and again.
        await().atMost(Duration.ofMinutes(3))
                .until(() -> isReady() && fjord("status").code() == 0);
        assertThat(processes().get("control-plane")).isNotEqualTo(killed);
        assertThat(fjord("cluster", "list").code()).isZero();
    }

    @Test
    @Order(5)
    void down_leaves_no_process_and_twice_is_harmless() throws Exception {
        var all = new ArrayList<>(processes().values());
        all.add(status().path("pid").asLong());

        assertThat(fjord("down").code()).isZero();

        // Not ProcessHandle.isAlive: that holds for one that ended and that nobody has waited for.
        assertThat(all).allSatisfy(pid -> assertThat(ProcessIdentity.of(pid)).isEmpty());
        assertThat(fjord("down").code()).isZero();
        assertThat(home.resolve("data/postgres")).isDirectory();
    }

    private static boolean isReady() throws InterruptedException {
        URI health = URI.create("http://127.0.0.1:" + environment.get("FJORD_PORT") + "/health/ready");
        try {
            return HttpClient.newHttpClient()
                            .send(HttpRequest.newBuilder(health).build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private static Map<String, Long> processes() throws Exception {
        var found = new java.util.TreeMap<String, Long>();
        status().path("processes")
                .forEach(process -> found.put(
                        process.path("name").asText(), process.path("pid").asLong()));
        return found;
    }

    private static JsonNode status() throws Exception {
        return new ObjectMapper().readTree(fjord("status", "--json").text());
    }

    private record Said(int code, String text) {}

    private static Said fjord(String... words) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(Checkout.root().resolve("fjord").toString()));
        command.addAll(List.of(words));
        var out = Files.createTempFile(home.getParent(), "said-", ".txt");
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .directory(home.toFile());
        builder.environment().putAll(environment);
        if (!words[0].equals("up")) {
            // A JVM that is told something this way says so, in the midst of what it was asked.
            builder.environment().remove("JDK_JAVA_OPTIONS");
        }
        var code = builder.start().waitFor();
        return new Said(code, Files.readString(out, StandardCharsets.UTF_8));
    }

    private static String port() {
        return Integer.toString(TestServers.freePort());
    }
}
