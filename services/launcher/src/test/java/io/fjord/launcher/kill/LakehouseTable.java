package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.launcher.kill.KillablePlatform.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table in the catalog whose every commit adds a property, made by a client that looks before it tries again. */
final class LakehouseTable {

    private final KillablePlatform platform;
    private final String namespace;
    private final List<String> committed = new ArrayList<>();

    LakehouseTable(KillablePlatform platform, String namespace) {
        this.platform = platform;
        this.namespace = namespace;
    }

    /** Makes so many commits, the first of which makes the table. */
    void commit(int commits) {
        until("namespace", () -> there("") || post("", "{\"namespace\":[\"" + namespace + "\"]}"));
        until(
                "table",
                () -> there("/" + namespace + "/tables/t")
                        || post(
                                "/" + namespace + "/tables",
                                "{\"name\":\"t\",\"schema\":{\"type\":\"struct\",\"schema-id\":0,\"fields\":[{\"id\":1,"
                                        + "\"name\":\"id\",\"required\":false,\"type\":\"long\"}]}}"));
        for (int i = 1; i < commits; i++) {
            String property = "commit-" + i;
            until(
                    property,
                    () -> load().path("properties").has(property)
                            || post(
                                    "/" + namespace + "/tables/t",
                                    "{\"requirements\":[],\"updates\":[{\"action\":\"set-properties\",\"updates\":{\""
                                            + property + "\":\"done\"}}]}"));
            committed.add(property);
        }
    }

    /** Nothing lost, nothing twice: in the table and in the journal. */
    void holdsEveryCommitOnce() {
        JsonNode metadata =
                platform.read(base() + "/" + namespace + "/tables/t").path("metadata");
        assertThat(metadata.path("metadata-log")).hasSize(committed.size());
        committed.forEach(property -> assertThat(metadata.path("properties").has(property))
                .as(property)
                .isTrue());
        List<String> types = new Witness(platform, new History())
                .journal("catalog").stream()
                        .filter(fact -> fact.subject().endsWith("." + namespace + ".t"))
                        .map(fact -> fact.type().replaceAll(".*\\.(\\w+)\\.v\\d+", "$1"))
                        .toList();
        assertThat(types).hasSize(committed.size() + 1).startsWith("TableCreated");
        assertThat(types.subList(1, types.size())).containsOnly("TableCommitted");
    }

    private interface Step {
        boolean done() throws IOException, InterruptedException;
    }

    private static void until(String what, Step step) {
        await(what)
                .atMost(KillablePlatform.PATIENCE)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(step::done);
    }

    private boolean there(String path) throws IOException, InterruptedException {
        String whole = base() + (path.isEmpty() ? "/" + namespace : path);
        return platform.call("GET", whole, null).status() == 200;
    }

    private JsonNode load() throws IOException, InterruptedException {
        Answer answer = platform.call("GET", base() + "/" + namespace + "/tables/t", null);
        if (answer.status() != 200) {
            throw new IOException("The table cannot be read: " + answer.status());
        }
        return answer.body().path("metadata");
    }

    /** Done only if the answer says so; otherwise the next round looks whether it was. */
    private boolean post(String path, String body) throws IOException, InterruptedException {
        Answer answer = platform.call("POST", base() + path, body);
        assertThat(answer.status()).as(String.valueOf(answer.body())).isNotIn(400, 401, 403, 409, 422);
        return answer.status() == 200;
    }

    private @Nullable String prefix;

    private String base() {
        String known = prefix;
        if (known == null) {
            known = platform.read("/iceberg/v1/config").at("/overrides/prefix").asText();
            prefix = known;
        }
        return "/iceberg/v1/" + known + "/namespaces";
    }
}
