package io.fjord.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.launcher.cli.ApiClient;
import io.fjord.launcher.cli.ApiProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Real deliveries of GitHub's webhooks, out of the npm package @octokit/webhooks-examples (MIT), as an event stream. */
final class DemoEvents {

    private static final String PACKAGE = "@octokit/webhooks-examples@7.6.1";
    private static final String STREAMS = "/api/v1/event-streams";
    private static final String STREAM = STREAMS + "/github-webhooks";
    private static final String PIPELINES = "/api/v1/pipelines";
    private static final String PIPELINE = PIPELINES + "/github-webhooks";
    private static final String TO_A_TABLE = """
            {"name": "github-webhooks", "source": {"stream": "github-webhooks"}, "freshnessSeconds": 1,
             "target": {"namespace": "github", "table": "webhook",
                        "columns": [{"name": "_id", "type": "string"}, {"name": "_time", "type": "timestamptz"},
                                    {"name": "event", "type": "string", "required": true},
                                    {"name": "payload", "type": "string"}]}}""";
    private static final String SCHEMA = """
            {"type": "object", "required": ["event", "payload"],
             "properties": {"event": {"type": "string"}, "payload": {"type": "object"}}}""";
    private static final int IN_BATCH = 100;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ApiClient api;

    DemoEvents(ApiClient api) {
        this.api = api;
    }

    void produce(Path cache) throws IOException, InterruptedException {
        ArrayNode deliveries = deliveries(cache);
        prepare();
        long accepted = 0;
        long duplicates = 0;
        for (int from = 0; from < deliveries.size(); from += IN_BATCH) {
            ArrayNode batch = JSON.createArrayNode();
            for (int i = from; i < Math.min(from + IN_BATCH, deliveries.size()); i++) {
                batch.add(deliveries.get(i));
            }
            // The same key each time: whoever takes the tour again sends the same events.
            JsonNode taken = send(batch, "demo-" + PACKAGE + "-" + from);
            accepted += taken.path("accepted").asLong();
            duplicates += taken.path("duplicates").asLong();
        }
        System.out.println("Of " + deliveries.size() + " deliveries " + accepted + " are in the stream now, "
                + duplicates + " were there from the tour before.");
        try {
            send(JSON.createArrayNode().add(JSON.createObjectNode().put("event", 7)), "demo-wrong");
        } catch (ApiProblem refused) {
            System.out.println("One that does not fit the schema: " + refused.getMessage());
        }
        JsonNode stream = api.get(STREAM);
        System.out.println("Topic " + stream.path("topic").asText() + ": " + stream.path("counts"));
    }

    /** A pipeline, made the first time; returns when it has all that was in the stream. */
    void ingest() throws IOException, InterruptedException {
        if (api.get(PIPELINES + "?pageSize=1000").path("items").findValuesAsText("name").stream()
                .noneMatch("github-webhooks"::equals)) {
            api.command("POST", PIPELINES, JSON.readTree(TO_A_TABLE));
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        JsonNode progress = api.get(PIPELINE).path("progress");
        while (progress.path("rows").asLong() == 0 || progress.path("lag").asLong() > 0) {
            if (System.nanoTime() > deadline) {
                throw new IOException("The pipeline did not take everything; see 'fjord api GET " + PIPELINE + "'");
            }
            TimeUnit.MILLISECONDS.sleep(200);
            progress = api.get(PIPELINE).path("progress");
        }
        System.out.println("The pipeline has written " + progress.path("rows").asText() + " rows, the last of them "
                + progress.path("freshnessMillis").asText() + " ms after it was accepted.");
    }

    private JsonNode send(JsonNode batch, String key) throws IOException {
        return api.send("POST", STREAM + "/events", batch, Map.of("Idempotency-Key", key, "Prefer", "return=minimal"))
                .body();
    }

    /** A schema and a stream, made the first time. */
    private void prepare() throws IOException, InterruptedException {
        ObjectNode schema = JSON.createObjectNode()
                .put("name", "github-webhook")
                .put("format", "JSON_SCHEMA")
                .put("definition", SCHEMA);
        api.command("POST", "/api/v1/schemas", schema);
        if (api.get(STREAMS + "?pageSize=1000").path("items").findValuesAsText("name").stream()
                .noneMatch("github-webhooks"::equals)) {
            ObjectNode stream =
                    JSON.createObjectNode().put("name", "github-webhooks").put("deduplicationMinutes", 1440);
            stream.putObject("schema").put("subject", "github-webhook").put("version", 1);
            api.command("POST", STREAMS, stream);
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!api.get(STREAM).path("state").asText().equals("active")) {
            if (System.nanoTime() > deadline) {
                throw new IOException("The event stream did not become active; see 'fjord api GET " + STREAM + "'");
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private static ArrayNode deliveries(Path cache) throws IOException, InterruptedException {
        Path file = cache.resolve("node_modules/@octokit/webhooks-examples/api.github.com/index.json");
        if (!Files.exists(file)) {
            NpmPackage.fetch(cache, PACKAGE, file);
        }
        ArrayNode deliveries = JSON.createArrayNode();
        for (JsonNode event : JSON.readTree(file.toFile())) {
            for (JsonNode example : event.path("examples")) {
                deliveries.addObject().put("event", event.path("name").asText()).set("payload", example);
            }
        }
        return deliveries;
    }
}
