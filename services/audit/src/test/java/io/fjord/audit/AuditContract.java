package io.fjord.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.audit.log.Bundle;
import io.fjord.audit.log.Checkpoint;
import io.fjord.audit.log.ExportVerifier;
import io.fjord.audit.log.LogSource;
import io.fjord.audit.log.LogVerifier;
import io.fjord.audit.log.Merkle;
import io.fjord.audit.log.NoteKey;
import io.fjord.audit.log.NoteSigner;
import io.fjord.audit.log.Proofs;
import io.fjord.audit.log.SignedNote;
import io.fjord.audit.log.Tile;
import io.fjord.codec.Json;
import io.fjord.codec.KafkaMessages;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Origin;
import io.fjord.contract.Outcome;
import io.fjord.contract.Personal;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.fjord.contract.iam.access.AccessObservation;
import io.fjord.contract.iam.user.UserCommand;
import io.fjord.contract.iam.user.UserEvent;
import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Trees;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Actor;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.NumberedTopic;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The record on every database: each thing once, paired, in one dense order, and live. */
abstract class AuditContract {

    private static final AtomicInteger TESTS = new AtomicInteger();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final NoteSigner WITNESS = NoteSigner.witness("witness.test", NoteSigner.newKey());

    private final String service = "core" + TESTS.incrementAndGet();
    private final KafkaConfig kafka = new KafkaConfig(TestServers.kafka().bootstrapServers());
    private final HttpClient http = HttpClient.newHttpClient();
    private Vertx vertx;
    private CoreSample core;
    private AuditVerticle audit;
    private String deployment;
    private Duration counting = Duration.ofDays(1);

    abstract DatabaseServer server();

    @BeforeEach
    void startAudit() throws Exception {
        vertx = Vertx.vertx();
        forgetTheRecord();
        done(TopicSetup.ensure(kafka, List.of(TopicSpec.auditLog())));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrap()))) {
            admin.deleteRecords(Map.of(new TopicPartition(Topics.AUDIT_LOG, 0), RecordsToDelete.beforeOffset(-1)))
                    .all()
                    .get();
        }
        done(TopicSetup.ensure(kafka, TopicSpec.ofService(service)));
        core = new CoreSample(vertx, kafka.bootstrap(), service);
        deploy();
    }

    private void forgetTheRecord() throws SQLException {
        var owner = server().address();
        try (var connection = DriverManager.getConnection(owner.jdbcUrl(), owner.user(), owner.password());
                var statement = connection.createStatement()) {
            statement.execute(
                    server() == TestServers.postgres()
                            ? "drop schema if exists audit cascade"
                            : "drop database if exists audit");
        }
    }

    private void deploy() throws Exception {
        deploy(Duration.ofHours(1));
    }

    private void deploy(Duration deadline) throws Exception {
        audit = new AuditVerticle(new AuditConfig(
                kafka,
                server().address().url(),
                List.of(service),
                List.of(service),
                core.gateway(),
                () -> "token",
                request -> Future.succeededFuture(new Actor("user:operator")),
                new MessageTypes()
                        .add("iam", "user", UserCommand.class)
                        .add("iam", "user", UserEvent.class)
                        .addPersonal(
                                "fjord.iam.keycloak.LoggedIn.v1",
                                Map.of("username", Personal.Of.SUBJECT, "address", Personal.Of.SUBJECT))
                        .add("iam", "access", AccessObservation.class),
                store(),
                deadline,
                new AuditConfig.Lake(Address.parse("default/pipeline/audit-lake"), counting),
                "127.0.0.1",
                0));
        deployment = done(vertx.deployVerticle(audit));
    }

    private LogStore store() {
        var objects = TestServers.objectStore();
        return new LogStore(
                objects.endpoint(),
                "us-east-1",
                objects.accessKey(),
                objects.secretKey(),
                "lakehouse",
                "_audit",
                "fjord.test/audit",
                List.of(WITNESS.key().toString()),
                new byte[32]);
    }

    @AfterEach
    void stopAudit() throws Exception {
        core.close();
        done(vertx.close());
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get();
    }

    // Steps

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + audit.httpPort() + "/api/v1/audit/" + path));
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private List<JsonNode> items(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        List<JsonNode> items = new ArrayList<>();
        Json.MAPPER.readTree(answer.body()).path("items").forEach(items::add);
        return items;
    }

    private List<JsonNode> awaitEntries(int count) throws IOException, InterruptedException {
        await().atMost(PATIENCE)
                .until(() -> items("events?order=oldest&pageSize=1000").size() >= count);
        List<JsonNode> all = items("events?order=oldest&pageSize=1000");
        assertThat(all).hasSize(count);
        assertThat(all.stream().map(entry -> entry.path("seq").asLong()))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, count).boxed().toList());
        return all;
    }

    private static Position at(int n) {
        return new Position(1, n);
    }

    private static List<String> positions(List<JsonNode> entries) {
        return entries.stream().map(entry -> entry.path("position").asText()).toList();
    }

    private void events(int from, int to) throws Exception {
        for (int n = from; n <= to; n++) {
            core.relay(core.happened(at(n), "ClusterResized", "default/cluster/c" + n % 3, "user:ben", null, null));
        }
    }

    /** A consumer of the live record. */
    private final class Follower implements AutoCloseable {
        private final InputStream body;
        private final BufferedReader lines;
        private final int status;
        private final List<String> others = new ArrayList<>();

        Follower(String query, String... headers) throws IOException, InterruptedException {
            HttpRequest.Builder request = request("stream" + query);
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
            }
            HttpResponse<InputStream> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            status = answer.statusCode();
            body = answer.body();
            lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        }

        /** The ids of the next events, each of which is the entry it says. */
        List<Long> next(int count) throws IOException {
            List<Long> ids = new ArrayList<>();
            long id = 0;
            String event = "";
            while (ids.size() < count) {
                String line = lines.readLine();
                if (line == null) {
                    throw new IOException("The stream ended after " + ids);
                }
                if (line.startsWith("id: ")) {
                    id = Long.parseLong(line.substring(4));
                } else if (line.startsWith("event: ")) {
                    event = line.substring(7);
                    others.add(event + " " + id);
                } else if (line.startsWith("data: ") && (event.equals("position") || event.equals("gap"))) {
                    others.add(line.substring(6));
                } else if (line.startsWith("data: ")) {
                    assertThat(Json.MAPPER
                                    .readTree(line.substring(6))
                                    .path("seq")
                                    .asLong())
                            .isEqualTo(id);
                    ids.add(id);
                }
            }
            return ids;
        }

        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    private static List<Long> seqs(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    /** The log as anybody reads it, over HTTP. */
    private final class ServedLog implements LogSource {
        @Override
        public byte[] read(String path) throws IOException {
            try {
                HttpResponse<byte[]> answer =
                        http.send(request("log/" + path).build(), HttpResponse.BodyHandlers.ofByteArray());
                return answer.statusCode() == 200 ? answer.body() : null;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
    }

    private NoteKey logKey() throws IOException, InterruptedException {
        return NoteKey.parse(get("log/key").body());
    }

    private Checkpoint awaitSealed(long size) throws IOException, InterruptedException {
        await().atMost(PATIENCE)
                .until(() ->
                        Json.MAPPER.readTree(get("log").body()).path("size").asLong() >= size);
        return Checkpoint.parse(SignedNote.parse(get("log/checkpoint").body()).text());
    }

    private static List<byte[]> hashes(JsonNode proof) {
        List<byte[]> hashes = new ArrayList<>();
        proof.path("hashes").forEach(hash -> hashes.add(Base64.getDecoder().decode(hash.asText())));
        return hashes;
    }

    private void sql(String statement) throws SQLException {
        var owner = server().address();
        try (var connection = DriverManager.getConnection(owner.jdbcUrl(), owner.user(), owner.password());
                var one = connection.createStatement()) {
            one.execute(statement);
        }
    }

    /** Where the object store keeps the files of the log. */
    private Path logFolder(NoteKey key) {
        String name = key.name();
        return TestServers.objectStore()
                .folder()
                .resolve("lakehouse/_audit/" + name.substring(name.lastIndexOf('/') + 1));
    }

    // The record

    @Test
    void a_command_its_events_and_its_outcome_stand_there_paired() throws Exception {
        CommandEnvelope<byte[]> create = CoreSample.command("default/cluster/etl", "{\"size\":1.10,\n\"tags\":[]}");
        core.send(create);
        awaitEntries(1);
        core.relay(core.happened(at(1), "ClusterCreated", create, null));
        core.relay(core.happened(at(2), "ClusterStarting", create, Outcome.ACCEPTED));
        core.relay(core.happened(at(3), "TableCommitted", "default/table/t", "user:ben", null, null));

        List<JsonNode> all = awaitEntries(4);

        assertThat(all.stream().map(entry -> entry.path("kind").asText()))
                .containsExactly("attempt", "event", "outcome", "event");
        JsonNode attempt = all.get(0);
        assertThat(attempt.path("type").asText()).isEqualTo("fjord.core.cluster.CreateCluster.v1");
        assertThat(attempt.path("actor").asText()).isEqualTo("user:anna");
        assertThat(attempt.path("service").asText()).isEqualTo(service);
        assertThat(attempt.path("commandId").asText()).isEqualTo(create.id());
        assertThat(attempt.path("outcome").asText()).isEqualTo("accepted");
        assertThat(attempt.path("outcomeSeq").asLong()).isEqualTo(3);
        assertThat(attempt.path("data")).isEqualTo(Json.MAPPER.readTree("{\"size\":1.10,\"tags\":[]}"));
        assertThat(all.get(2).path("outcome").asText()).isEqualTo("accepted");
        assertThat(all.get(2).path("position").asText()).isEqualTo("1:2");
        assertThat(all.get(2).path("time").asText()).isEqualTo("2026-11-21T10:00:02Z");
        assertThat(all.get(3).has("commandId")).isFalse();
        assertThat(Json.MAPPER.readTree(get("events/3").body())).isEqualTo(all.get(2));
    }

    @Test
    void what_an_attempt_says_of_a_person_is_encrypted_with_a_key_of_theirs_before_it_is_hashed() throws Exception {
        String type = "fjord.iam.user.RegisterUser.v1";
        String names = "{\"userName\":\"ada.lovelace\",\"displayName\":\"Ada Lovelace\",\"externalId\":\"7\"}";
        core.send(CoreSample.command(type, "platform/user/ada", names));
        core.send(CoreSample.command(type, "platform/user/ada", names));
        core.send(CoreSample.command(type, "platform/user/ben", "[\"no such thing\"]"));

        List<JsonNode> all = awaitEntries(3);

        // Whoever may read the person reads it in plain words.
        assertThat(all.stream()
                        .filter(entry -> entry.path("subject").asText().endsWith("ada"))
                        .map(entry -> entry.path("data").toString()))
                .containsExactly(names, names);
        awaitSealed(3);
        assertThat(get("log/tile/entries/000.p/3").body())
                .contains("platform/user/ada", "sealed:1:")
                .doesNotContainIgnoringCase("lovelace");
        try (var connection = DriverManager.getConnection(
                        server().address().jdbcUrl(),
                        server().address().user(),
                        server().address().password());
                var rows = connection
                        .createStatement()
                        .executeQuery("SELECT count(*) FROM audit.subject_key WHERE subject = 'platform/user/ada'")) {
            rows.next();
            assertThat(rows.getInt(1)).isEqualTo(1);
        }
    }

    @Test
    void who_is_forgotten_is_nowhere_in_the_record_and_every_proof_holds() throws Exception {
        String ada = "platform/user/ada";
        CommandEnvelope<byte[]> register = CoreSample.command(
                "fjord.iam.user.RegisterUser.v1",
                ada,
                "{\"userName\":\"lovelace\",\"displayName\":\"Ada Lovelace\",\"externalId\":\"lovelace-7\"}");
        core.send(register);
        // Somebody whom the identity provider knows by another id, wherever she was.
        core.send(by("user:ada"));
        core.send(by("user:ben"));
        observe(1, "fjord.iam.keycloak.LoggedIn.v1", "platform/user/kc-1", "user:kc-1", LOGIN);
        observe(2, "fjord.iam.access.AccessDenied.v1", "default/table/t", "user:ada", DENIAL);
        observe(3, "fjord.iam.access.AccessDenied.v1", "default/table/t", "service-account:etl", DENIAL);
        List<JsonNode> known = awaitEntries(6);
        assertThat(known)
                .filteredOn(entry -> entry.toString().contains("203.0.113.7"))
                .hasSize(5);
        assertThat(known)
                .filteredOn(entry -> entry.toString().contains("ovelace"))
                .hasSize(2);
        assertThat(items("events?where="
                        + URLEncoder.encode(
                                "entry.origin.address == '203.0.113.7' && entry.actor == 'user:ada'",
                                StandardCharsets.UTF_8)))
                .hasSize(1);
        Checkpoint before = awaitSealed(6);

        core.relay(core.happened(
                at(1),
                "fjord.iam.user.UserForgotten.v1",
                ada,
                "user:operator",
                "{\"forgottenAt\":\"2026-11-22T05:00:00Z\",\"alsoKnownAs\":[\"kc-1\"]}"));
        awaitEntries(7);
        // What is said of her afterwards is not kept.
        core.send(register);
        observe(4, "fjord.iam.keycloak.LoggedIn.v1", "platform/user/kc-1", "user:kc-1", LOGIN);

        List<JsonNode> left = awaitEntries(9);
        assertThat(left.toString()).doesNotContainIgnoringCase("lovelace").contains("(forgotten)");
        assertThat(left)
                .filteredOn(entry -> entry.toString().contains("203.0.113.7"))
                .extracting(entry -> entry.path("actor").asText())
                .containsExactlyInAnyOrder("user:ben", "service-account:etl");
        awaitSealed(9);
        assertThat(new LogVerifier(new ServedLog(), logKey())
                        .since(before)
                        .verify()
                        .findings())
                .isEmpty();
        for (byte[] entry : Bundle.entries(new ServedLog().read("tile/entries/000.p/9"))) {
            assertThat(new String(entry, StandardCharsets.UTF_8)).doesNotContainIgnoringCase("lovelace");
        }
        assertThat(record("SELECT data, address FROM audit.entry")).doesNotContainIgnoringCase("lovelace");
        // Her keys are gone; those of others are not.
        assertThat(record("SELECT subject FROM audit.subject_key WHERE length(sealed_key) = 0"))
                .contains(ada, "platform/user/kc-1")
                .doesNotContain("platform/user/ben");
    }

    private static final String LOGIN = "{\"event\":\"LOGIN\",\"username\":\"lovelace\",\"address\":\"203.0.113.7\"}";
    private static final String DENIAL = "{\"action\":\"table:read\",\"reason\":\"no\",\"chain\":[],"
            + "\"policyPosition\":\"\",\"address\":\"203.0.113.7\",\"dropped\":0}";

    private static CommandEnvelope<byte[]> by(String actor) {
        String id = Ids.next();
        return new CommandEnvelope<>(
                id,
                "fjord.core.cluster.CreateCluster.v1",
                "core",
                Instant.now(),
                Address.parse("default/cluster/etl"),
                actor,
                id,
                null,
                null,
                null,
                new Origin("203.0.113.7", "work", null),
                "{}".getBytes(StandardCharsets.UTF_8));
    }

    private void observe(int n, String type, String subject, String actor, String data) throws Exception {
        EventEnvelope<byte[]> seen = core.happened(at(n), type, subject, actor, data);
        // No event: no journal has it.
        core.journal.remove(seen);
        core.sendRaw(KafkaMessages.toRecord(Topics.observations(service), 0, seen));
    }

    /** All that a query of the record finds, as one text. */
    private String record(String query) throws SQLException {
        StringBuilder all = new StringBuilder();
        var owner = server().address();
        try (var connection = DriverManager.getConnection(owner.jdbcUrl(), owner.user(), owner.password());
                var rows = connection.createStatement().executeQuery(query)) {
            while (rows.next()) {
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    all.append(rows.getString(i)).append('\n');
                }
            }
        }
        return all.toString();
    }

    @Test
    void a_command_that_was_refused_is_there_too() throws Exception {
        CommandEnvelope<byte[]> create = CoreSample.command("default/cluster/etl", "{}");
        core.send(create);
        core.relay(core.happened(at(1), "CommandRejected", create, Outcome.REJECTED));
        awaitEntries(2);

        assertThat(items("events?outcome=rejected")).hasSize(1);
        assertThat(items("events?kind=attempt").get(0).path("outcome").asText()).isEqualTo("rejected");
    }

    @Test
    void what_is_on_the_wire_twice_is_recorded_once() throws Exception {
        CommandEnvelope<byte[]> create = CoreSample.command("default/cluster/etl", "{}");
        core.send(create);
        EventEnvelope<byte[]> first = core.happened(at(1), "ClusterCreated", create, null);
        EventEnvelope<byte[]> second = core.happened(at(2), "ClusterStarting", create, Outcome.ACCEPTED);
        for (EventEnvelope<byte[]> event : List.of(first, second, first, second)) {
            core.relay(event);
        }
        awaitEntries(3);

        done(vertx.undeploy(deployment));
        core.relay(second);
        core.relay(core.happened(at(3), "ClusterRunning", create, null));
        deploy();

        awaitEntries(4);
        assertThat(positions(items("events?kind=event&order=oldest"))).containsExactly("1:1", "1:3");
    }

    @Test
    void an_observation_stands_there_once_however_often_it_was_sent() throws Exception {
        var seen = core.happened(at(1), "LoggedIn", "platform/user/anna", "user:anna", null, null);
        // No event: no journal has it.
        core.journal.clear();
        var record = KafkaMessages.toRecord(Topics.observations(service), 0, seen);
        core.sendRaw(record);
        core.sendRaw(new ProducerRecord<>(Topics.observations(service), 0, "nobody", new byte[] {1}));
        core.sendRaw(record);
        JsonNode entry = awaitEntries(1).get(0);

        assertThat(entry.path("kind").asText()).isEqualTo("observation");
        assertThat(entry.path("actor").asText()).isEqualTo("user:anna");
        assertThat(entry.has("position")).isFalse();

        done(vertx.undeploy(deployment));
        core.sendRaw(record);
        var next = core.happened(at(2), "LoggedOut", "platform/user/anna", "user:anna", null, null);
        core.sendRaw(KafkaMessages.toRecord(Topics.observations(service), 0, next));
        core.journal.clear();
        deploy();

        assertThat(awaitEntries(2))
                .allSatisfy(one -> assertThat(one.path("kind").asText()).isEqualTo("observation"));
        assertThat(items("events?kind=observation&actor=user:anna")).hasSize(2);
    }

    @Test
    void an_outcome_that_does_not_come_is_an_entry_at_its_deadline() throws Exception {
        done(vertx.undeploy(deployment));
        deploy(Duration.ofSeconds(1));
        CommandEnvelope<byte[]> answered = CoreSample.command("default/cluster/etl", "{}");
        CommandEnvelope<byte[]> lost = CoreSample.command("default/cluster/lost", "{}");
        core.relay(core.happened(at(1), "ClusterCreated", answered, Outcome.ACCEPTED));
        awaitEntries(1);
        core.send(answered);
        core.send(lost);

        JsonNode missing = awaitEntries(4).get(3);
        assertThat(missing.path("type").asText()).isEqualTo(RecordWatch.OUTCOME_MISSING);
        assertThat(missing.path("kind").asText()).isEqualTo("observation");
        assertThat(missing.path("subject").asText()).isEqualTo("default/cluster/lost");
        assertThat(missing.path("causationId").asText()).isEqualTo(lost.id());
        assertThat(missing.path("data").path("command").asText()).isEqualTo(lost.id());
        // Once, and it may come still.
        core.relay(core.happened(at(2), "ClusterCreated", lost, Outcome.ACCEPTED));
        assertThat(awaitEntries(5).get(4).path("outcome").asText()).isEqualTo("accepted");
        assertThat(items("events?commandId=" + lost.id())).hasSize(2);
    }

    @Test
    void an_observation_that_was_lost_is_counted() throws Exception {
        done(vertx.undeploy(deployment));
        deploy(Duration.ofSeconds(1));
        for (int n : new int[] {2, 1, 5, 4}) {
            var seen = core.happened(
                    new Position(1_700_000_000_000L, n), "LoggedIn", "platform/user/anna", "user:anna", null, null);
            core.sendRaw(KafkaMessages.toRecord(Topics.observations(service), n % 2, seen));
        }
        core.journal.clear();

        JsonNode lost = awaitEntries(5).get(4);
        assertThat(lost.path("type").asText()).isEqualTo(RecordWatch.OBSERVATIONS_LOST);
        assertThat(lost.path("data").path("first").asLong()).isEqualTo(3);
        assertThat(lost.path("data").path("last").asLong()).isEqualTo(3);
        assertThat(lost.path("service").asText()).isEqualTo(service);
    }

    @Test
    void what_the_topic_lost_is_read_from_the_journal() throws Exception {
        events(1, 2);
        core.happened(at(3), "ClusterResized", "default/cluster/lost", "user:ben", null, null);
        core.happened(at(4), "ClusterResized", "default/cluster/lost", "user:ben", null, null);
        events(5, 6);

        assertThat(positions(awaitEntries(6))).containsExactly("1:1", "1:2", "1:3", "1:4", "1:5", "1:6");
    }

    @Test
    void a_restored_database_repeats_nothing_and_takes_nothing_away() throws Exception {
        events(1, 6);
        awaitEntries(6);
        // Restored as it was at 1:4; what happened after it happens again, and otherwise.
        core.journal.removeIf(event -> event.position().n() > 4);
        core.relay(core.happened(new Position(2, 5), "ClusterStopped", "default/cluster/c1", "user:ben", null, null));
        core.relay(core.happened(new Position(2, 6), "ClusterDeleted", "default/cluster/c1", "user:ben", null, null));

        assertThat(positions(awaitEntries(8))).containsExactly("1:1", "1:2", "1:3", "1:4", "1:5", "1:6", "2:5", "2:6");
    }

    @Test
    void a_record_with_absurd_attributes_stops_nothing() throws Exception {
        ProducerRecord<String, byte[]> absurd =
                new ProducerRecord<>(Topics.commands(service), "default/cluster/x", new byte[] {1, 2, 3});
        absurd.headers()
                .add("ce_id", "i".repeat(5_000).getBytes(StandardCharsets.UTF_8))
                .add("ce_type", "t".repeat(5_000).getBytes(StandardCharsets.UTF_8))
                .add("ce_subject", ("d".repeat(500) + "/k/n").getBytes(StandardCharsets.UTF_8))
                .add("ce_actor", "\0ä".repeat(400).getBytes(StandardCharsets.UTF_8));
        core.sendRaw(absurd);
        core.sendRaw(new ProducerRecord<>(Topics.commands(service), "nothing at all".getBytes(StandardCharsets.UTF_8)));
        awaitEntries(1);
        CommandEnvelope<byte[]> create = CoreSample.command("default/cluster/etl", "{}");
        core.send(create);

        List<JsonNode> all = awaitEntries(2);
        assertThat(all.get(0).path("actor").asText()).hasSize(200);
        assertThat(all.get(1).path("commandId").asText()).isEqualTo(create.id());
    }

    // Reading it

    @Test
    void filters_choose_and_pages_follow_each_other() throws Exception {
        events(1, 9);
        CommandEnvelope<byte[]> create = CoreSample.command("sales/cluster/c_1", "{}");
        core.relay(core.happened(at(10), "ClusterCreated", create, Outcome.NO_EFFECT));
        awaitEntries(10);

        assertThat(items("events?domain=sales")).hasSize(1);
        assertThat(items("events?actor=user:ben")).hasSize(9);
        assertThat(items("events?subject=default/cluster/c1")).hasSize(3);
        assertThat(items("events?subject=default/cluster/*")).hasSize(9);
        assertThat(items("events?subject=sales/cluster/c%5F*")).hasSize(1);
        assertThat(items("events?subject=default/cluster/c%5F*")).isEmpty();
        assertThat(items("events?type=fjord.core.cluster.ClusterCreated.v1")).hasSize(1);
        assertThat(items("events?service=" + service)).hasSize(10);
        assertThat(items("events?commandId=" + create.id())).hasSize(1);
        assertThat(items("events?correlationId=c-1:4")).hasSize(1);
        assertThat(items("events?outcome=no-effect")).hasSize(1);
        assertThat(positions(items("events?from=2026-11-21T10:00:03Z&to=2026-11-21T12:00:05%2B02:00")))
                .containsExactly("1:4", "1:3");

        List<String> seen = new ArrayList<>();
        String token = "";
        do {
            JsonNode page =
                    Json.MAPPER.readTree(get("events?pageSize=4" + token).body());
            page.path("items").forEach(entry -> seen.add(entry.path("seq").asText()));
            token = page.has("nextPageToken")
                    ? "&pageToken=" + page.path("nextPageToken").asText()
                    : "";
        } while (!token.isEmpty());
        assertThat(seen).containsExactly("10", "9", "8", "7", "6", "5", "4", "3", "2", "1");
    }

    @Test
    void what_cannot_be_asked_is_told() throws Exception {
        for (String wrong : List.of(
                "events?pageToken=nonsense",
                "events?colour=red",
                "events?from=yesterday",
                "events?pageSize=0",
                "events/zero",
                "stream?after=9",
                "stream?after=x")) {
            HttpResponse<String> answer = get(wrong);
            assertThat(answer.statusCode()).as(wrong + " " + answer.body()).isEqualTo(400);
            assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        }
        HttpResponse<String> none = get("events/4711");
        assertThat(none.statusCode()).isEqualTo(404);
        assertThat(none.body()).contains("/problems/audit-event-not-found", "4711");
    }

    // Following it

    @Test
    void the_stream_goes_on_where_it_broke() throws Exception {
        events(1, 5);
        awaitEntries(5);
        List<Long> seen = new ArrayList<>();
        try (Follower first = new Follower("?after=0")) {
            assertThat(first.status).isEqualTo(200);
            seen.addAll(first.next(5));
            events(6, 7);
            seen.addAll(first.next(2));
        }
        events(8, 9);
        try (Follower second = new Follower("", "Last-Event-ID", "7")) {
            events(10, 12);
            seen.addAll(second.next(5));
        }
        assertThat(seen).isEqualTo(seqs(1, 12));
    }

    @Test
    void without_an_id_the_stream_begins_now() throws Exception {
        events(1, 3);
        awaitEntries(3);
        try (Follower follower = new Follower("")) {
            events(4, 4);
            assertThat(follower.next(1)).containsExactly(4L);
        }
    }

    @Test
    void live_and_caught_up_the_filters_choose_the_same() throws Exception {
        try (Follower live = new Follower("?subject=default/cluster/c1*&after=0")) {
            events(1, 9);
            assertThat(live.next(3)).containsExactly(1L, 4L, 7L);
            events(10, 12);
            assertThat(live.next(1)).containsExactly(10L);
        }
        awaitEntries(12);
        try (Follower later = new Follower("?subject=default/cluster/c1*&after=0")) {
            assertThat(later.next(4)).containsExactly(1L, 4L, 7L, 10L);
        }
    }

    @Test
    void a_consumer_that_does_not_read_misses_nothing() throws Exception {
        String large = "\"" + "x".repeat(100_000) + "\"";
        try (Follower slow = new Follower("?after=0")) {
            for (int n = 1; n <= 60; n++) {
                core.send(CoreSample.command("default/cluster/c" + n, large));
            }
            awaitEntries(60);
            assertThat(slow.next(60)).isEqualTo(seqs(1, 60));
            events(1, 1);
            assertThat(slow.next(1)).containsExactly(61L);
        }
    }

    @Test
    void a_condition_chooses_and_the_stream_says_how_far_it_looked() throws Exception {
        events(1, 9);
        awaitEntries(9);
        String where = "?after=0&where="
                + URLEncoder.encode("entry.data.at.endsWith(':4') || entry.data.none", StandardCharsets.UTF_8);
        try (Follower chosen = new Follower(where)) {
            assertThat(chosen.next(1)).containsExactly(4L);
            events(10, 13);
            events(14, 14);
            core.relay(core.happened(at(15), "ClusterResized", "default/cluster/c", "user:ben", null, null));
        }
        assertThat(items("events" + where.replace("after=0&", ""))).hasSize(1);
        assertThat(get("stream?where=entry.").statusCode()).isEqualTo(400);
        awaitEntries(15);
        sql("delete from audit.entry where seq in (6, 7)");
        try (Follower after = new Follower("?after=0")) {
            assertThat(after.next(13)).doesNotContain(6L, 7L);
            assertThat(after.others).contains("gap 0", "{\"after\":0,\"to\":15,\"missing\":2}");
        }
    }

    @Test
    void the_stream_speaks_through_a_socket_and_in_the_words_of_others() throws Exception {
        events(1, 3);
        awaitEntries(3);
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        WebSocket socket = http.newWebSocketBuilder()
                .buildAsync(
                        URI.create("ws://127.0.0.1:" + audit.httpPort() + "/api/v1/audit/stream?after=1&format=ocsf"),
                        new WebSocket.Listener() {
                            private final StringBuilder text = new StringBuilder();

                            @Override
                            public @Nullable CompletionStage<?> onText(
                                    WebSocket from, CharSequence part, boolean last) {
                                text.append(part);
                                if (last) {
                                    heard.add(text.toString());
                                    text.setLength(0);
                                }
                                from.request(1);
                                return null;
                            }
                        })
                .get(30, TimeUnit.SECONDS);
        for (int n = 2; n <= 4; n++) {
            if (n == 4) {
                events(4, 4);
            }
            JsonNode message = Json.MAPPER.readTree(heard.poll(30, TimeUnit.SECONDS));
            assertThat(message.path("event").asText()).isEqualTo("event");
            assertThat(message.path("id").asLong()).isEqualTo(n);
            assertThat(message.at("/data/class_uid").asInt()).isEqualTo(6003);
            assertThat(message.at("/data/type_uid").asInt()).isEqualTo(600303);
            assertThat(message.at("/data/unmapped/entry/seq").asLong()).isEqualTo(n);
        }
        socket.abort();
    }

    @Test
    void what_is_sealed_is_on_the_topic_once_byte_by_byte() throws Exception {
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.bootstrap(), "isolation.level", "read_committed"),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            TopicPartition topic = new TopicPartition(Topics.AUDIT_LOG, 0);
            List<byte[]> there = new ArrayList<>();
            consumer.assign(List.of(topic));
            consumer.seekToBeginning(List.of(topic));
            events(1, 10);
            awaitSealed(10);
            await().atMost(PATIENCE).until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> there.add(record.value()));
                return there.size() >= 10;
            });
            done(vertx.undeploy(deployment));
            deploy();
            events(11, 20);
            awaitSealed(20);
            await().atMost(PATIENCE).until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> there.add(record.value()));
                return there.size() >= 20;
            });
            assertThat(there)
                    .containsExactlyElementsOf(Bundle.entries(new ServedLog().read(new Tile(Tile.ENTRIES, 0, 20))));
        }
    }

    // The log

    @Test
    void the_table_of_the_record_is_counted_and_what_it_lacks_is_an_entry() throws Exception {
        events(1, 5);
        awaitSealed(5);
        await().atMost(PATIENCE).until(() -> onTheTopic() == 5);
        core.served.put(
                "/api/v1/pipelines/audit-lake",
                "{\"id\":\"p1\",\"source\":{\"topic\":\"fjord.audit.log\"},"
                        + "\"target\":{\"namespace\":\"ops.audit\",\"table\":\"entries\"}}");
        table(5);
        done(vertx.undeploy(deployment));
        counting = Duration.ofSeconds(2);
        deploy();

        // Small files were made one since the pipeline wrote: only the snapshot before tells how far it was.
        JsonNode whole = awaitReconciled(1);
        assertThat(whole.path("subject").asText()).isEqualTo("default/pipeline/audit-lake");
        assertThat(whole.path("data").toString())
                .isEqualTo("{\"table\":\"ops.audit.entries\",\"snapshot\":8,\"entries\":5,\"rows\":5,\"dead\":0,"
                        + "\"missing\":0}");
        table(3);
        await().atMost(PATIENCE).until(() -> newestCount().path("rows").asInt() == 3);
        JsonNode less = newestCount();
        // Counting is recorded too.
        assertThat(less.path("entries").asInt()).isGreaterThanOrEqualTo(5);
        assertThat(less.path("missing").asInt()).isEqualTo(less.path("entries").asInt() - 3);
    }

    private JsonNode newestCount() throws Exception {
        return items("events?type=" + LakeWatch.RECONCILED).get(0).path("data");
    }

    private JsonNode awaitReconciled(int count) throws Exception {
        String query = "events?order=oldest&type=" + LakeWatch.RECONCILED;
        await().atMost(PATIENCE).until(() -> items(query).size() >= count);
        return items(query).get(count - 1);
    }

    private void table(int rows) throws Exception {
        long end;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrap()))) {
            TopicPartition topic = new TopicPartition(Topics.AUDIT_LOG, 0);
            end = admin.listOffsets(Map.of(topic, OffsetSpec.latest()))
                    .partitionResult(topic)
                    .get()
                    .offset();
        }
        core.served.put(
                "/iceberg/v1/default/namespaces/ops%1Faudit/tables/entries",
                "{\"metadata\":{\"current-snapshot-id\":8,\"snapshots\":["
                        + "{\"snapshot-id\":7,\"summary\":{\"total-records\":\"" + rows
                        + "\",\"fjord.pipeline.p1.offsets\":\"{\\\"0\\\":" + end + "}\"}},"
                        + "{\"snapshot-id\":8,\"parent-snapshot-id\":7,\"summary\":{\"total-records\":\"" + rows
                        + "\"}}]}}");
    }

    private long onTheTopic() {
        return awaited(new NumberedTopic(vertx, kafka, Topics.AUDIT_LOG).last());
    }

    private static <T> T awaited(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void every_entry_is_in_a_log_that_anybody_can_check() throws Exception {
        core.send(CoreSample.command("default/cluster/etl", "\"" + "x".repeat(100_000) + "\""));
        events(1, 300);
        awaitEntries(301);
        Checkpoint first = awaitSealed(301);
        assertThat(first.size()).isEqualTo(301);
        assertThat(new LogVerifier(new ServedLog(), logKey()).verify().findings())
                .isEmpty();

        done(vertx.undeploy(deployment));
        deploy();
        events(301, 310);
        Checkpoint second = awaitSealed(311);
        LogVerifier.Report report =
                new LogVerifier(new ServedLog(), logKey()).since(first).verify();
        assertThat(report.findings()).isEmpty();
        assertThat(report.entries()).isEqualTo(311);

        JsonNode grew = Json.MAPPER.readTree(
                get("log/proof/consistency?from=301&to=311").body());
        assertThat(Proofs.continues(301, first.root(), 311, second.root(), hashes(grew)))
                .isTrue();
        JsonNode there = Json.MAPPER.readTree(get("log/proof/inclusion?seq=40").body());
        assertThat(Proofs.includes(
                        Base64.getDecoder().decode(there.path("leafHash").asText()),
                        39,
                        311,
                        second.root(),
                        hashes(there)))
                .isTrue();
        HttpResponse<byte[]> bundle =
                http.send(request("log/tile/entries/000").build(), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(Merkle.leaf(Bundle.entries(bundle.body()).get(39)))
                .isEqualTo(Base64.getDecoder().decode(there.path("leafHash").asText()));
        assertThat(bundle.headers().firstValue("Cache-Control").orElse("")).contains("immutable");
        assertThat(get("log/tile/0/001.p/200").statusCode()).isEqualTo(404);
        assertThat(get("log/tile/0/0001").statusCode()).isEqualTo(400);
        assertThat(get("log/proof/inclusion?seq=312").statusCode()).isEqualTo(400);
    }

    @Test
    void a_sealer_that_died_between_any_two_steps_goes_on_with_the_same_log() throws Exception {
        events(1, 300);
        Checkpoint first = awaitSealed(300);
        String note = get("log/checkpoint").body();
        Path folder = logFolder(logKey());
        for (int round = 0; round < 4; round++) {
            done(vertx.undeploy(deployment));
            switch (round) {
                // The checkpoint was moved, and not written beside the tiles.
                case 0 -> Files.delete(folder.resolve("checkpoint"));
                // Tiles were written, and the checkpoint not moved.
                case 1 -> {
                    Files.writeString(folder.resolve("tile/0/001.p/45"), "of a longer log");
                    Files.writeString(folder.resolve("tile/entries/001.p/45"), "of a longer log");
                }
                // What was superseded was not deleted.
                case 2 -> {
                    Files.createDirectories(folder.resolve("tile/0/000.p"));
                    Files.writeString(folder.resolve("tile/0/000.p/255"), "old");
                }
                // All tiles were lost.
                default -> Trees.delete(folder.resolve("tile"));
            }
            deploy();
            awaitSealed(300);
            assertThat(get("log/checkpoint").body()).isEqualTo(note);
        }
        events(301, 600);
        awaitSealed(600);
        assertThat(new LogVerifier(new ServedLog(), logKey())
                        .since(first)
                        .verify()
                        .findings())
                .isEmpty();
    }

    @Test
    void a_period_is_exported_with_its_proofs() throws Exception {
        core.send(CoreSample.command("default/cluster/etl", "\"" + "x".repeat(100_000) + "\""));
        awaitEntries(1);
        events(1, 300);
        awaitEntries(301);
        Path file = Files.createTempFile("export", ".zip");
        try {
            // Event n happened n seconds after ten.
            assertThat(http.send(
                                    request("export?from=2026-11-21T10:00:20Z&to=2026-11-21T10:04:00Z")
                                            .build(),
                                    HttpResponse.BodyHandlers.ofFile(file))
                            .statusCode())
                    .isEqualTo(200);
            LogVerifier.Report report = new ExportVerifier(file, logKey()).verify();
            assertThat(report.findings()).isEmpty();
            assertThat(report.entries()).isEqualTo(220);
            assertThat(http.send(
                                    request("export?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z")
                                            .build(),
                                    HttpResponse.BodyHandlers.ofFile(file))
                            .statusCode())
                    .isEqualTo(200);
            report = new ExportVerifier(file, logKey()).verify();
            assertThat(report.findings()).isEmpty();
            assertThat(report.entries()).isEqualTo(301);
        } finally {
            Files.delete(file);
        }
        assertThat(get("export?from=1999-01-01T00:00:00Z&to=2000-01-01T00:00:00Z")
                        .statusCode())
                .isEqualTo(400);
        assertThat(get("export?from=yesterday&to=2000-01-01T00:00:00Z").statusCode())
                .isEqualTo(400);
    }

    @Test
    void a_changed_record_is_refused_and_said() throws Exception {
        events(1, 5);
        awaitSealed(5);
        done(vertx.undeploy(deployment));
        sql("update audit.entry set actor = 'user:nobody' where seq = 3");
        deploy();

        await().atMost(PATIENCE).until(() -> get("log/checkpoint").body().contains("/problems/audit-log-broken"));
        assertThat(get("log/checkpoint").statusCode()).isEqualTo(503);
        assertThat(get("log/checkpoint").body()).contains("entry 3 ");
        assertThat(Json.MAPPER.readTree(get("log").body()).path("broken").asText())
                .contains("entry 3 ");
        HttpResponse<String> ready = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + audit.httpPort() + "/health/ready"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(ready.statusCode()).isEqualTo(503);
        // What happens is recorded all the same.
        events(6, 6);
        awaitEntries(6);
    }

    @Test
    void a_record_that_lost_its_end_is_refused() throws Exception {
        events(1, 5);
        awaitSealed(5);
        done(vertx.undeploy(deployment));
        sql("update audit.entry_counter set last = 4");
        deploy();

        await().atMost(PATIENCE).until(() -> get("log/checkpoint").body().contains("/problems/audit-log-broken"));
    }

    @Test
    void witnesses_sign_what_they_saw() throws Exception {
        events(1, 3);
        awaitSealed(3);
        SignedNote note = SignedNote.parse(get("log/checkpoint").body());
        assertThat(get("log/checkpoint?cosigned=true").statusCode()).isEqualTo(404);
        SignedNote seen = note.with(WITNESS.cosign(note.text(), 1_764_000_000));
        assertThat(cosign(seen.toString())).isEqualTo(204);
        assertThat(cosign(note.toString())).isEqualTo(400);
        NoteSigner stranger = NoteSigner.witness("stranger.test", NoteSigner.newKey());
        assertThat(cosign(note.with(stranger.cosign(note.text(), 1)).toString()))
                .isEqualTo(400);

        assertThat(SignedNote.parse(get("log/checkpoint").body()).isSignedBy(WITNESS.key()))
                .isTrue();
        events(4, 4);
        awaitSealed(4);
        assertThat(SignedNote.parse(get("log/checkpoint").body()).isSignedBy(WITNESS.key()))
                .isFalse();
        SignedNote cosigned =
                SignedNote.parse(get("log/checkpoint?cosigned=true").body());
        assertThat(cosigned.isSignedBy(WITNESS.key())).isTrue();
        assertThat(Checkpoint.parse(cosigned.text()).size()).isEqualTo(3);
    }

    private int cosign(String note) throws IOException, InterruptedException {
        return http.send(
                        request("log/cosignatures")
                                .header("Content-Type", "text/plain")
                                .POST(HttpRequest.BodyPublishers.ofString(note))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }
}
