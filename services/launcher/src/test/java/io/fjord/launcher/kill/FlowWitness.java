package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.audit.log.LogVerifier;
import io.fjord.audit.log.NoteKey;
import io.fjord.contract.Address;
import io.fjord.contract.Topics;
import io.fjord.launcher.kill.Evidence.Fact;
import io.fjord.launcher.kill.FlowEvidence.Lying;
import io.fjord.launcher.kill.FlowEvidence.Place;
import io.fjord.launcher.kill.FlowEvidence.Told;
import io.fjord.launcher.kill.FlowEvidence.Wanted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.rest.RESTCatalog;

/** Events in and out on a platform that is killed: sets them up, and gathers what became of them. */
final class FlowWitness implements AutoCloseable {

    private static final String NAMESPACE = "kills";
    private static final String TABLE = "event";
    private static final String SUBSCRIPTION = "kills";
    private static final String SERVICE = "iam";
    private static final String ATTEMPTED = "fjord.webhooks.subscription.DeliveryAttempted.v1";
    private static final String[] WAIT = {"Prefer", "wait=30"};

    private final KillablePlatform platform;
    private final Witness witness;
    private final Producers producers;
    private final Receiver receiver = new Receiver();
    private int before;
    private RESTCatalog catalog;

    FlowWitness(KillablePlatform platform, Witness witness, Producers producers) {
        this.platform = platform;
        this.witness = witness;
        this.producers = producers;
    }

    /** A stream with a pipeline to a table, and a subscription to what happens in iam; on a platform at rest. */
    void prepare() {
        made("/api/v1/event-streams", "{\"name\":\"" + Producers.STREAM + "\",\"partitions\":2}");
        await("the stream takes events")
                .atMost(KillablePlatform.PATIENCE)
                .until(() -> platform.read("/api/v1/event-streams/" + Producers.STREAM)
                        .path("state")
                        .asText()
                        .equals("active"));
        made("/iceberg/v1/default/namespaces", "{\"namespace\":[\"" + NAMESPACE + "\"]}");
        made("/api/v1/pipelines", """
                {"name": "kills", "source": {"stream": "kills"}, "freshnessSeconds": 1,
                 "target": {"namespace": "kills", "table": "event",
                            "columns": [{"name": "_id", "type": "string"}, {"name": "n", "type": "long"}]}}""");
        made(
                "/api/v1/subscriptions",
                "{\"name\":\"" + SUBSCRIPTION + "\",\"url\":\"" + receiver.url() + "\",\"secret\":\""
                        + receiver.secret() + "\",\"ordered\":true,\"eventTypes\":[\"fjord.iam.*\"]}");
        before = witness.journal(SERVICE).size();
        await("the process of pipelines")
                .atMost(KillablePlatform.PATIENCE)
                .until(() -> !platform.pipelineDrivers().isEmpty());
    }

    private void made(String path, String body) {
        try {
            KillablePlatform.Answer answer = platform.call("POST", path, body, WAIT);
            assertThat(answer.status()).as(path + " " + answer.body()).isIn(200, 201);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Passes as soon as all that was promised is so: the table and the receiver may be a moment behind. */
    void findsAllWell() {
        await("all promises about events kept")
                .atMost(KillablePlatform.PATIENCE)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofSeconds(1))
                .ignoreExceptionsInstanceOf(IOException.class)
                .untilAsserted(() -> assertThat(FlowChecker.check(gathered())).isEmpty());
        await("the log is whole")
                .atMost(KillablePlatform.PATIENCE)
                .pollInSameThread()
                .ignoreExceptionsInstanceOf(IOException.class)
                .untilAsserted(() -> assertThat(verified().findings()).isEmpty());
    }

    private FlowEvidence gathered() throws IOException {
        // What comes last first, so that nothing is missed that was there when it was asked for.
        List<Told> told = told();
        List<FlowEvidence.Arrival> arrivals = receiver.arrivals();
        List<String> rows = rows();
        return new FlowEvidence(producers.produced(), lying(), rows, wanted(), arrivals, told);
    }

    private List<Told> told() {
        List<Told> told = new ArrayList<>();
        for (JsonNode entry : witness.pages("/api/v1/audit/events?order=oldest&kind=observation")) {
            if (entry.path("type").asText().equals(ATTEMPTED)) {
                JsonNode data = entry.path("data");
                told.add(new Told(
                        data.path("webhookId").asText(),
                        data.path("eventId").asText(),
                        data.path("status").isInt()
                                ? Integer.valueOf(data.path("status").asInt())
                                : null));
            }
        }
        return told;
    }

    private List<Wanted> wanted() {
        List<Wanted> wanted = new ArrayList<>();
        List<Fact> journal = witness.journal(SERVICE);
        for (Fact fact : journal.subList(before, journal.size())) {
            if (fact.type().startsWith("fjord.iam.")) {
                wanted.add(new Wanted(SERVICE, fact.position(), fact.id(), fact.subject()));
            }
        }
        return wanted;
    }

    private List<Lying> lying() {
        return witness.records(Topics.stream(new Address("default", "event-stream", Producers.STREAM))).stream()
                .map(record -> new Lying(
                        new Place(record.partition(), record.offset()),
                        new String(record.headers().lastHeader("ce_id").value(), StandardCharsets.UTF_8)))
                .toList();
    }

    private List<String> rows() throws IOException {
        List<String> rows = new ArrayList<>();
        Table table;
        try {
            table = catalog().loadTable(TableIdentifier.of(NAMESPACE, TABLE));
        } catch (NoSuchTableException e) {
            return rows;
        }
        try (CloseableIterable<Record> all =
                IcebergGenerics.read(table).select("_id").build()) {
            all.forEach(row -> rows.add(Objects.toString(row.getField("_id"))));
        }
        return rows;
    }

    private RESTCatalog catalog() {
        if (catalog == null) {
            catalog = Writers.client(platform);
        }
        return catalog;
    }

    // The log

    private LogVerifier.Report verified() throws IOException {
        byte[] key = Objects.requireNonNull(file("key"), "The log has no key yet");
        return new LogVerifier(this::file, NoteKey.parse(new String(key, StandardCharsets.UTF_8))).verify();
    }

    private byte[] file(String path) throws IOException {
        return platform.bytes("/api/v1/audit/log/" + path);
    }

    @Override
    public void close() {
        receiver.close();
        if (catalog != null) {
            try {
                catalog.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
