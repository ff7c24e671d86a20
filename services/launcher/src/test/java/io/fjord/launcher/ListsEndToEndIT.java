package io.fjord.launcher;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.embedded.Durability;
import io.fjord.launcher.Platform.Answer;
import io.fjord.platform.http.Document;
import io.fjord.platform.http.Document.Route;
import io.fjord.testing.TestServers;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Each list of the documents against the operation that reads one of its things. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ListsEndToEndIT {

    /** An attempt alone asks for each of some hundred resources. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final String PEEPER = "service-account:peeper";

    /** What makes one of the name; the other collections fill themselves. */
    private static final Map<String, String> BODIES = Map.ofEntries(
            entry("/api/v1/clusters", "{'name':'%s','size':'XS'}"),
            entry("/api/v1/secrets", "{'name':'%s','value':'v'}"),
            entry("/api/v1/users", "{'id':'%1$s','userName':'%1$s'}"),
            entry("/api/v1/groups", "{'name':'%s'}"),
            entry("/api/v1/service-accounts", "{'name':'%s'}"),
            entry("/api/v1/roles", "{'name':'%s','actions':['view:read']}"),
            entry("/api/v1/bundles", "{'name':'%s','resources':['default/view/*']}"),
            entry("/api/v1/grants", "{'subject':'user:%s','role':'viewer','resources':['default/view/*']}"),
            entry(
                    "/api/v1/policies",
                    "{'name':'%s','effect':'DENY','subjects':['user:nobody'],'actions':['view:read'],"
                            + "'resources':['default/view/*']}"),
            entry(
                    "/api/v1/guardrails",
                    "{'name':'%s','commandTypes':['fjord.core.cluster.*'],'expression':'true','message':'None.'}"),
            entry("/api/v1/catalogs", "{'name':'%s'}"),
            entry("/api/v1/terms", "{'name':'%s','title':'A term'}"),
            entry(
                    "/api/v1/pipelines",
                    "{'name':'%1$s','source':{'topic':'%1$s'},'target':{'namespace':'n','table':'%1$s'}}"),
            entry("/api/v1/event-streams", "{'name':'%s'}"),
            entry("/api/v1/schemas", "{'name':'%s','format':'JSON_SCHEMA','definition':'{}'}"),
            entry(
                    "/api/v1/subscriptions",
                    "{'name':'%s','url':'https://hooks.example.org/','eventTypes':['fjord.core.cluster.*']}"));

    /** What it is about decides who may read an entry of the record. */
    private static final String AUDIT = "/api/v1/audit/events";

    private Platform platform;
    private Instant until = Instant.EPOCH;

    @BeforeAll
    void start() {
        platform = Platform.start(
                TestServers.newMariadb(TestServers.newHome("mariadb"), Durability.NONE),
                "cdc,control-policies,iam,core,catalog,ingest,webhooks,audit,gateway");
    }

    @AfterAll
    void stop() throws Exception {
        platform.close();
    }

    /** @param one reads one of those that are listed */
    private record Collection(Route list, Route one) {

        String path() {
            return list.path();
        }

        boolean isPaged() {
            return list.parameters().stream()
                    .anyMatch(parameter -> parameter.name().equals("pageSize"));
        }

        private String parameter() {
            return one.path().substring(path().length() + 2, one.path().length() - 1);
        }

        String id(JsonNode item) {
            return item.path(item.has(parameter()) ? parameter() : "id").asText();
        }

        String address(String id) {
            String resource = one.resource().replace("{" + parameter() + "}", id);
            return resource.split("/").length == 3 ? resource : "default/" + resource;
        }

        boolean scim() {
            return path().startsWith("/scim/");
        }
    }

    private static List<Collection> collections() {
        List<Collection> all = new ArrayList<>();
        for (String service : List.of("core", "iam", "control-policies", "catalog", "ingest", "webhooks", "audit")) {
            List<Route> reads = Document.of(service).routes().stream()
                    .filter(route -> route.method().equals("GET"))
                    // What belongs to one thing is read by whoever may read that thing.
                    .filter(route -> route.path().indexOf('{') < 0
                            || route.path().indexOf('{') == route.path().lastIndexOf('{'))
                    .toList();
            for (Route route : reads) {
                reads.stream()
                        .filter(one -> one.path().matches(Pattern.quote(route.path()) + "/\\{[^/]+}"))
                        .filter(one -> one.guarded()
                                && (one.resource() != null || route.path().equals(AUDIT)))
                        .forEach(one -> all.add(new Collection(route, one)));
            }
        }
        return all;
    }

    @Test
    void what_can_be_read_is_listed_and_nothing_else() {
        String[] peeper = peeper();
        List<Collection> collections = collections();
        assertThat(collections).extracting(Collection::path).containsAll(BODIES.keySet());
        BODIES.forEach((path, body) -> {
            for (int i = 0; i < 4; i++) {
                made(path, body.replace('\'', '"').formatted("listed-" + i));
            }
        });

        // Every other one: each named in a grant, or all granted and some denied.
        Set<String> granted = new TreeSet<>();
        Set<String> denied = new TreeSet<>();
        Set<String> actions = new TreeSet<>();
        for (Collection collection : collections) {
            actions.add(collection.one().action());
            if (collection.path().equals(AUDIT)) {
                continue;
            }
            List<String> ids = List.copyOf(listed(collection));
            for (int i = 0; i < ids.size(); i += 2) {
                String address = collection.address(ids.get(i));
                String[] parts = address.split("/");
                if (parts[1].length() % 2 == 0 && parts[0].equals("default")) {
                    granted.add(parts[0] + "/" + parts[1] + "/*");
                    denied.add(address);
                } else {
                    granted.add(address);
                }
            }
        }
        made(
                "/api/v1/grants?domain=platform",
                Json.text(Map.of("subject", PEEPER, "actions", actions, "resources", granted)));
        made(
                "/api/v1/policies",
                Json.text(Map.of(
                        "name",
                        "hides",
                        "effect",
                        "DENY",
                        "subjects",
                        List.of(PEEPER),
                        "actions",
                        actions,
                        "resources",
                        denied)));

        until = Instant.now();
        for (Collection collection : collections) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                Set<String> all = listed(collection);
                Set<String> seen = listed(collection, peeper);
                Set<String> read = new TreeSet<>();
                for (String id : all) {
                    Answer answer = platform.get(collection.path() + "/" + encoded(id), peeper);
                    assertThat(answer.status()).as(collection.path() + "/" + id).isIn(200, 403);
                    if (answer.status() == 200) {
                        read.add(id);
                    }
                }
                assertThat(seen).as(collection.path()).isEqualTo(read);
                if (BODIES.containsKey(collection.path()) || collection.path().equals(AUDIT)) {
                    assertThat(seen.size()).as(collection.path()).isBetween(1, all.size() - 1);
                }
            });
        }
    }

    private String[] peeper() {
        return new String[] {"Authorization", "Bearer " + tokenOf("peeper")};
    }

    private String tokenOf(String account) {
        made("/api/v1/service-accounts", "{\"name\":\"" + account + "\"}");
        return made("/api/v1/service-accounts/" + account + "/tokens", "{\"label\":\"all\"}")
                .path("value")
                .asText();
    }

    /** Of Iceberg's clients some know no other way; it leads through the same door as all others. */
    @Test
    void a_token_is_had_where_icebergs_specification_says() {
        String token = tokenOf("asker");
        String path = "/iceberg/v1/oauth/tokens";
        String[] asForm = {"Authorization", "Basic bm9ib2R5Og==", "Content-Type", "application/x-www-form-urlencoded"};
        String form = "grant_type=client_credentials&scope=catalog&client_id=any&client_secret=";

        Answer given = await().until(
                        () -> platform.post(path, form + encoded(token), asForm), answer -> answer.status() == 200);
        String access = given.body().path("access_token").asText();
        assertThat(platform.get("/iceberg/v1/config?warehouse=default", "Authorization", "Bearer " + access)
                        .status())
                .isEqualTo(200);
        Answer unknown = platform.post(path, form + "nobody", asForm);
        assertThat(unknown.status()).isEqualTo(401);
        assertThat(unknown.body().path("error").asText()).isEqualTo("invalid_client");
        Answer other = platform.post(path, "grant_type=password", asForm);
        assertThat(other.status()).isEqualTo(400);
        assertThat(other.body().path("error").asText()).isEqualTo("unsupported_grant_type");
    }

    private JsonNode made(String path, String body) {
        Answer answer = platform.post(path, body, "Prefer", "wait=30");
        assertThat(answer.status()).as(path + " " + answer.body()).isEqualTo(201);
        return answer.body();
    }

    private Set<String> listed(Collection collection, String... headers) {
        Set<String> ids = new TreeSet<>();
        String next = "";
        do {
            Answer page = platform.get(collection.path() + pageOf(collection) + next, headers);
            assertThat(page.status()).as(collection.path() + " " + page.body()).isEqualTo(200);
            page.body().path(collection.scim() ? "Resources" : "items").forEach(item -> ids.add(collection.id(item)));
            String token = page.body().path("nextPageToken").asText();
            next = token.isEmpty() ? "" : "&pageToken=" + encoded(token);
        } while (!next.isEmpty());
        return ids;
    }

    /** The record grows by each refusal, so only its beginning is looked at. */
    private String pageOf(Collection collection) {
        if (collection.scim()) {
            return "?count=100";
        }
        if (collection.path().equals(AUDIT)) {
            return "?pageSize=100&to=" + encoded(until.toString());
        }
        return collection.isPaged() ? "?pageSize=3" : "";
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
