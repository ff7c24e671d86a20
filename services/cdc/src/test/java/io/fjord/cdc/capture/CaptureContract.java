package io.fjord.cdc.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.cdc.keycloak.KeycloakObservations;
import io.fjord.codec.KafkaMessages;
import io.fjord.contract.EventEnvelope;
import io.fjord.embedded.DatabaseAddress;
import io.fjord.embedded.DatabaseServer;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Another program's tables, made and filled as Keycloak does it, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CaptureContract {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Vertx vertx = Vertx.vertx();
    private final KafkaConfig kafka = new KafkaConfig(TestServers.kafka().bootstrapServers());
    private DatabaseServer server;
    private DatabaseAddress keycloak;
    private CaptureConfig config;
    /** The broker is shared by all databases. */
    private final String prefix = getClass().getSimpleName().charAt(0) + "-";

    private long clock = 1_763_730_000_000L;

    abstract DatabaseServer newDatabase();

    /** Keycloak's columns; each database has its own word for a long text. */
    abstract String longText();

    @BeforeAll
    void start() {
        server = newDatabase();
        keycloak = server.apart("keycloak", List.of("event_entity", "admin_event_entity"));
        server.start();
        config = CaptureConfig.keycloak(
                kafka, server.cdcAddress().withDatabase("keycloak").url());
    }

    @AfterAll
    void stop() throws Exception {
        done(vertx.close());
        server.close();
    }

    @Test
    void what_keycloak_writes_down_is_observed_once_whether_captured_at_once_or_found_later() throws Exception {
        // Captured before there is anything to capture.
        String capture = done(vertx.deployVerticle(CaptureVerticle.ofRows(config)));
        done(vertx.deployVerticle(new KeycloakObservations(config)));
        run("create table EVENT_ENTITY (ID varchar(36) not null primary key, CLIENT_ID varchar(255), DETAILS_JSON"
                + " varchar(2550), ERROR varchar(255), IP_ADDRESS varchar(255), REALM_ID varchar(255), SESSION_ID"
                + " varchar(255), EVENT_TIME bigint, TYPE varchar(255), USER_ID varchar(255), DETAILS_JSON_LONG_VALUE "
                + longText() + ")");
        run("create table ADMIN_EVENT_ENTITY (ID varchar(36) not null primary key, ADMIN_EVENT_TIME bigint, REALM_ID"
                + " varchar(255), OPERATION_TYPE varchar(255), AUTH_REALM_ID varchar(255), AUTH_CLIENT_ID varchar(255),"
                + " AUTH_USER_ID varchar(255), IP_ADDRESS varchar(255), RESOURCE_PATH varchar(2550), REPRESENTATION "
                + longText() + ", ERROR varchar(255), RESOURCE_TYPE varchar(64))");
        run("create table CREDENTIAL (ID varchar(36) not null primary key, SECRET_DATA " + longText() + ")");
        event("login-1", "LOGIN", "ada", null);
        assertThat(observed(1)).containsExactly("login-1");

        event("failed-1", "LOGIN_ERROR", null, "user_not_found");
        admin("admin-1", "users/anna", "ada");
        event("step-1", "CODE_TO_TOKEN", "ada", null);
        event("logout-1", "LOGOUT", "ada", null);
        assertThat(observed(4)).containsExactlyInAnyOrder("login-1", "failed-1", "admin-1", "logout-1");

        done(vertx.undeploy(capture));
        event("login-2", "LOGIN", "anna", null);
        run("insert into CREDENTIAL values ('c1', 'canary-hash')");
        done(vertx.deployVerticle(CaptureVerticle.ofRows(config)));
        event("login-3", "LOGIN", "emil", null);
        await().atMost(PATIENCE).until(() -> captured().size() >= 7);
        assertThat(captured().stream().map(row -> row.key().substring(prefix.length())))
                .containsExactlyInAnyOrder(
                        "login-1", "failed-1", "admin-1", "step-1", "logout-1", "login-2", "login-3");
        assertThat(observed(6)).contains("login-2", "login-3").doesNotHaveDuplicates();

        assertThat(captured())
                .allSatisfy(row -> assertThat(new String(row.value(), java.nio.charset.StandardCharsets.UTF_8))
                        .doesNotContain("canary"));
        EventEnvelope<byte[]> failed = observations().stream()
                .filter(one -> one.id().equals(prefix + "failed-1"))
                .findFirst()
                .orElseThrow();
        assertThat(failed.type()).isEqualTo("fjord.iam.keycloak.LoginFailed.v1");
        assertThat(failed.actor()).isEqualTo("service:keycloak");
        assertThat(new String(failed.data(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("\"username\":\"someone\"")
                .contains("user_not_found");
    }

    // Steps

    private void event(String id, String type, String user, String error) throws SQLException {
        insert(
                "insert into EVENT_ENTITY (ID, EVENT_TIME, TYPE, REALM_ID, CLIENT_ID, IP_ADDRESS, USER_ID, ERROR,"
                        + " DETAILS_JSON) values (?, ?, ?, 'fjord', 'fjord-cli', '127.0.0.1', ?, ?, '{\"username\":\"someone\"}')",
                prefix + id,
                clock++,
                type,
                user,
                error);
    }

    private void admin(String id, String path, String actor) throws SQLException {
        insert(
                "insert into ADMIN_EVENT_ENTITY (ID, ADMIN_EVENT_TIME, REALM_ID, OPERATION_TYPE, AUTH_REALM_ID,"
                        + " AUTH_USER_ID, RESOURCE_PATH, RESOURCE_TYPE, REPRESENTATION) values (?, ?, 'fjord', 'UPDATE',"
                        + " 'fjord', ?, ?, 'USER', '{\"password\":\"canary\"}')",
                prefix + id,
                clock++,
                actor,
                path);
    }

    private void insert(String sql, Object... values) throws SQLException {
        try (var connection = DriverManager.getConnection(keycloak.jdbcUrl(), keycloak.user(), keycloak.password());
                var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }

    private void run(String sql) throws SQLException {
        insert(sql);
    }

    private List<String> observed(int count) {
        await().atMost(PATIENCE).until(() -> observations().size() >= count);
        return observations().stream()
                .map(one -> one.id().substring(prefix.length()))
                .toList();
    }

    private List<EventEnvelope<byte[]>> observations() {
        return records("fjord.iam.observations").stream()
                .map(KafkaMessages::event)
                .filter(one -> one.id().startsWith(prefix))
                .toList();
    }

    private List<ConsumerRecord<String, byte[]>> captured() {
        return records(config.topic()).stream()
                .filter(row -> row.key().startsWith(prefix))
                .toList();
    }

    private List<ConsumerRecord<String, byte[]>> records(String topic) {
        Map<String, Object> settings = kafka.consumer();
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            var partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var ends = consumer.endOffsets(partitions);
            List<ConsumerRecord<String, byte[]>> all = new ArrayList<>();
            while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                consumer.poll(Duration.ofMillis(100)).forEach(all::add);
            }
            return all;
        }
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get();
    }
}
