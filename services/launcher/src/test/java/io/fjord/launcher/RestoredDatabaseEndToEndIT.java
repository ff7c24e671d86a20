package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.embedded.DatabaseAddress;
import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.launcher.Platform.Answer;
import io.fjord.testing.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A database restored from an older copy is noticed by each service, and goes on under a new epoch when somebody says so. */
class RestoredDatabaseEndToEndIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String NAMESPACES = "/iceberg/v1/default/namespaces";

    private final DatabaseServer database =
            TestServers.newPostgres(TestServers.newHome("restored-postgres"), Durability.NONE);

    @Test
    void services_refuse_changes_until_restore_raises_their_epochs() throws Exception {
        try (Platform platform = Platform.start(database, "cdc,core,catalog,sql,audit,gateway")) {
            cluster(platform, "kept");
            namespace(platform, "kept");
            awaitAudited(platform, "default/cluster/kept");
            assertThat(restore(platform, "core").status()).isEqualTo(409);
            platform.stopServices();
            copy();
            platform.startServices();
            cluster(platform, "lost");
            namespace(platform, "lost");
            awaitAudited(platform, "default/cluster/lost");
            awaitRelayed(platform, "catalog");
            Answer resized = platform.post("/api/v1/clusters/kept/resize", "{\"size\":\"S\"}", "Prefer", "wait=20");
            assertThat(resized.body().path("size").asText()).isEqualTo("S");
            platform.stopServices();
            putTheCopyBack();

            platform.startServices();

            // Nothing is changed; reads work; what needs no restore goes on.
            for (Answer refused : List.of(
                    platform.post("/api/v1/clusters", "{\"name\":\"new\",\"size\":\"XS\"}"),
                    platform.post(NAMESPACES, "{\"namespace\":[\"new\"]}"))) {
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.body().toString()).contains("fjord restore");
                assertThat(refused.header("Retry-After")).isNotBlank();
            }
            assertThat(platform.get("/api/v1/clusters/kept").status()).isEqualTo(200);
            assertThat(platform.get(NAMESPACES).body().toString())
                    .contains("kept")
                    .doesNotContain("lost");
            assertThat(readiness(platform, "core")).isFalse();
            assertThat(readiness(platform, "catalog")).isFalse();
            assertThat(readiness(platform, "sql")).isTrue();
            assertThat(restore(platform, "nobody").status()).isEqualTo(404);

            assertThat(restore(platform, "core").body().path("position").asText())
                    .startsWith("2:");
            assertThat(restore(platform, "catalog").body().path("position").asText())
                    .startsWith("2:");
            assertThat(restore(platform, "sql").status()).isEqualTo(409);

            namespace(platform, "new");
            Answer created = cluster(platform, "new");
            assertThat(created.header("Fjord-Position")).startsWith("core=2:");
            // What was wished after the copy is still on the log, behind its offset, and is decided again. But a
            // cluster's
            // secret was in the database only, so the wish for one is rejected.
            await().atMost(PATIENCE).until(() -> size(platform, "kept").equals("S"));
            assertThat(platform.get("/api/v1/clusters/lost").status()).isEqualTo(404);
            assertThat(readiness(platform, "core")).isTrue();
            assertThat(readiness(platform, "catalog")).isTrue();
            // The record keeps what did happen before, and goes on.
            awaitAudited(platform, "default/cluster/new");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(positions(platform, "default/cluster/lost"))
                            .anyMatch(position -> position.startsWith("1:"))
                            .anyMatch(position -> position.startsWith("2:")));
            await().atMost(PATIENCE)
                    .until(() ->
                            operations(platform, "new", "done") == 1 && operations(platform, "lost", "rejected") == 1);
            awaitRelayed(platform, "catalog");

            // Nobody who starts now stumbles over the change of epochs.
            platform.stopServices();
            platform.startServices();
            assertThat(restore(platform, "core").status()).isEqualTo(409);
            assertThat(platform.get("/api/v1/clusters/new").status()).isEqualTo(200);
            assertThat(readiness(platform, "sql")).isTrue();
        }
    }

    private static Answer restore(Platform platform, String service) {
        return platform.post("/api/v1/restore?service=" + service, null);
    }

    private static Answer cluster(Platform platform, String name) {
        Answer created =
                platform.post("/api/v1/clusters", "{\"name\":\"" + name + "\",\"size\":\"XS\"}", "Prefer", "wait=20");
        assertThat(created.status()).as(String.valueOf(created.body())).isEqualTo(201);
        return created;
    }

    private static void namespace(Platform platform, String name) {
        Answer created = platform.post(NAMESPACES, "{\"namespace\":[\"" + name + "\"],\"properties\":{}}");
        assertThat(created.status()).as(String.valueOf(created.body())).isEqualTo(200);
    }

    private static boolean readiness(Platform platform, String service) {
        return platform.get("/health/services").body().at("/checks/" + service).asBoolean();
    }

    private static String size(Platform platform, String cluster) {
        return platform.get("/api/v1/clusters/" + cluster).body().path("size").asText();
    }

    private static int operations(Platform platform, String cluster, String state) {
        return platform.get("/api/v1/operations?state=" + state + "&subject=default/cluster/" + cluster)
                .body()
                .path("items")
                .size();
    }

    private static void awaitAudited(Platform platform, String subject) {
        await().atMost(PATIENCE).until(() -> !positions(platform, subject).isEmpty());
    }

    private static List<String> positions(Platform platform, String subject) {
        List<String> positions = new ArrayList<>();
        platform.get("/api/v1/audit/events?subject=" + subject)
                .body()
                .path("items")
                .forEach(entry -> positions.add(entry.path("position").asText()));
        return positions.stream().filter(position -> position.contains(":")).toList();
    }

    /** The audit reads the topic, so what it has was relayed. */
    private static void awaitRelayed(Platform platform, String service) {
        await().atMost(PATIENCE)
                .until(() -> platform.get("/api/v1/audit/events?service=" + service)
                                .body()
                                .path("items")
                                .size()
                        > 0);
    }

    // As a backup tool would

    private void copy() throws SQLException {
        asAdmin("create database copy template fjord owner fjord");
    }

    private void putTheCopyBack() throws SQLException {
        asAdmin(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots",
                "drop database fjord with (force)",
                "alter database copy rename to fjord");
    }

    private void asAdmin(String... statements) throws SQLException {
        DatabaseAddress admin = database.adminAddress();
        try (Connection connection = DriverManager.getConnection(
                        admin.jdbcUrl().replace("/fjord", "/postgres"), admin.user(), admin.password());
                var statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
