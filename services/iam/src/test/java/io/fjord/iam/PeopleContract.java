package io.fjord.iam;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.iam.IamServer.Answer;
import io.fjord.kernel.Ids;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Users, groups, service accounts and tokens over HTTP, on each of the databases. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PeopleContract {

    private IamServer iam;

    abstract String databaseUrl();

    @BeforeAll
    void start() {
        System.setProperty("fjord.http.check-replies", "true");
        iam = new IamServer(databaseUrl());
    }

    @AfterAll
    void stop() {
        iam.close();
    }

    private static String fresh(String what) {
        return what + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    private String user() {
        String id = fresh("ana");
        iam.accepted(
                "POST",
                "/api/v1/users",
                "{\"id\":\"" + id + "\",\"userName\":\"" + id + "@Example.com\",\"displayName\":\"Ana\"}");
        return id;
    }

    // Users

    @Test
    void a_user_is_registered_changed_suspended_let_in_and_archived() {
        String id = user();
        Answer read = iam.get("/api/v1/users/" + id);
        assertThat(read.status()).isEqualTo(200);
        assertThat(read.body().path("actor").asText()).isEqualTo("user:" + id);
        assertThat(read.body().path("state").asText()).isEqualTo("active");
        assertThat(read.header("ETag")).isEqualTo("\"1\"");
        Position registered = iam.done(iam.metastore().position());

        iam.accepted(
                "PUT",
                "/api/v1/users/" + id,
                "{\"userName\":\"" + id + "\",\"externalId\":\"hr-" + id + "\"}",
                "If-Match",
                "\"1\"");
        iam.accepted("POST", "/api/v1/users/" + id + "/suspend", "{\"reason\":\"lost a laptop\"}");
        JsonNode suspended = iam.get("/api/v1/users/" + id).body();
        assertThat(suspended.path("reason").asText()).isEqualTo("lost a laptop");
        assertThat(suspended.has("displayName")).isFalse();
        iam.accepted("POST", "/api/v1/users/" + id + "/activate", null);
        iam.accepted("POST", "/api/v1/users/" + id + "/archive", "{\"handOverTo\":\"user:ben\"}");
        JsonNode archived = iam.get("/api/v1/users/" + id).body();
        assertThat(archived.path("state").asText()).isEqualTo("archived");
        assertThat(archived.path("handedOverTo").asText()).isEqualTo("user:ben");
        assertThat(iam.refused("POST", "/api/v1/users/" + id + "/activate", null))
                .isEqualTo("user-archived");

        JsonNode then = iam.get("/api/v1/users/" + id + "?asOf=" + registered).body();
        assertThat(then).isEqualTo(read.body());
        assertThat(iam.get("/api/v1/users/" + id + "/history").body().path("items"))
                .hasSize(5)
                .first()
                .satisfies(first -> assertThat(first.path("type").asText()).endsWith("UserRegistered.v1"));
    }

    @Test
    void users_are_found_by_name_state_and_external_id() {
        String id = user();
        assertThat(iam.get("/api/v1/users?userName=" + id.toUpperCase(java.util.Locale.ROOT) + "@EXAMPLE.com")
                        .body()
                        .path("items"))
                .hasSize(1);
        Position before = iam.done(iam.metastore().position());
        iam.accepted("POST", "/api/v1/users/" + id + "/suspend", null);
        assertThat(iam.get("/api/v1/users?state=suspended&userName=" + id + "@example.com")
                        .body()
                        .path("items"))
                .hasSize(1);
        assertThat(iam.get("/api/v1/users?state=suspended&userName=" + id + "@example.com&asOf=" + before)
                        .body()
                        .path("items"))
                .isEmpty();
        assertThat(iam.get("/api/v1/users?externalId=nobodys").body().path("items"))
                .isEmpty();
    }

    @Test
    void what_events_say_of_people_is_encrypted_with_a_key_of_their_own() {
        String id = fresh("eve");
        String other = fresh("eve");
        String name = "Eve Adams of " + id;
        for (String one : List.of(id, other)) {
            iam.accepted(
                    "POST",
                    "/api/v1/users",
                    "{\"id\":\"" + one + "\",\"userName\":\"" + one + "@example.com\",\"displayName\":\"" + name
                            + "\"}");
        }
        iam.accepted("POST", "/api/v1/users/" + id + "/suspend", null);

        for (String one : List.of(id, other)) {
            Address address = new Address("platform", "user", one);
            String written =
                    iam.done(iam.metastore().history(address, null)).get(0).data();
            assertThat(written).contains("sealed:1:").doesNotContain("Eve").doesNotContain("example.com");
        }
        // Whoever may read the user reads it in plain words, now and as of then.
        assertThat(iam.get("/api/v1/users/" + id + "/history")
                        .body()
                        .at("/items/0/data/displayName")
                        .asText())
                .isEqualTo(name);
        assertThat(iam.get("/api/v1/users/" + id + "?asOf="
                                + iam.done(iam.metastore().position()))
                        .body()
                        .path("displayName")
                        .asText())
                .isEqualTo(name);
        // Without the key what was said of one is gone, of that one alone.
        iam.done(iam.database().query("DELETE FROM iam.subject_key WHERE subject = ?", "platform/user/" + id));
        assertThat(iam.get("/api/v1/users/" + id + "/history")
                        .body()
                        .at("/items/0/data/displayName")
                        .asText())
                .isEqualTo("(forgotten)");
        assertThat(iam.get("/api/v1/users/" + other + "/history")
                        .body()
                        .at("/items/0/data/displayName")
                        .asText())
                .isEqualTo(name);
    }

    @Test
    void who_is_forgotten_leaves_an_id_and_no_name() {
        String id = fresh("ada");
        String keycloakId = fresh("kc");
        iam.accepted(
                "POST",
                "/api/v1/users",
                "{\"id\":\"" + id + "\",\"userName\":\"lovelace-" + id
                        + "\",\"displayName\":\"Ada Lovelace\",\"externalId\":\"lovelace-hr\"}");
        iam.accepted("POST", "/api/v1/users/" + id + "/suspend", "{\"reason\":\"Lovelace lost a laptop\"}");
        Position before = iam.done(iam.metastore().position());
        iam.done(iam.database()
                .query(
                        "INSERT INTO iam.keycloak_link (kind, name, keycloak_id, seen) VALUES ('user', ?, ?, '{}')",
                        id,
                        keycloakId));
        String forget = "/api/v1/users/" + id + "/forget";
        String confirmed = "{\"confirm\":\"" + id + "\"}";
        assertThat(iam.refused("POST", forget, confirmed)).isEqualTo("user-not-archived");
        iam.accepted("POST", "/api/v1/users/" + id + "/archive", null);
        assertThat(iam.call("POST", forget, "{}").status()).isEqualTo(400);
        assertThat(iam.refused("POST", forget, "{\"confirm\":\"" + id + "x\"}")).isEqualTo("forgetting-not-confirmed");
        assertThat(iam.call("POST", forget, confirmed, "Authorization", "Bearer user:eve")
                        .problem())
                .isEqualTo("access-denied");
        iam.accepted("POST", forget, confirmed);

        for (String path : List.of("", "/history", "?asOf=" + before)) {
            assertThat(iam.get("/api/v1/users/" + id + path).body().toString())
                    .contains("(forgotten)")
                    .doesNotContainIgnoringCase("lovelace")
                    .doesNotContain("sealed:");
        }
        JsonNode user = iam.get("/api/v1/users/" + id).body();
        assertThat(user.path("state").asText()).isEqualTo("archived");
        assertThat(user.has("forgottenAt")).isTrue();
        assertThat(iam.get("/api/v1/users?userName=lovelace-" + id).body().path("items"))
                .isEmpty();
        Address address = new Address("platform", "user", id);
        assertThat(iam.done(iam.metastore().history(address, null)))
                .extracting(EventEnvelope::data)
                .noneMatch(data -> data.toLowerCase(Locale.ROOT).contains("lovelace"))
                .anyMatch(data -> data.contains(keycloakId));
        // Under both ids there is no key, and there will be none.
        for (String name : List.of(id, keycloakId)) {
            assertThat(iam.done(iam.database()
                                    .query(
                                            "SELECT sealed_key FROM iam.subject_key WHERE subject = ?",
                                            "platform/user/" + name))
                            .iterator()
                            .next()
                            .getBuffer(0)
                            .length())
                    .isZero();
        }
        // The name is free for somebody else.
        iam.accepted("POST", "/api/v1/users", "{\"id\":\"" + fresh("ada") + "\",\"userName\":\"lovelace-" + id + "\"}");
    }

    @Test
    void a_list_goes_on_where_it_ended() {
        for (int i = 0; i < 3; i++) {
            user();
        }
        List<String> all = new ArrayList<>();
        String token = "";
        do {
            JsonNode page = iam.get("/api/v1/users?pageSize=2" + (token.isEmpty() ? "" : "&pageToken=" + token))
                    .body();
            page.path("items").forEach(item -> all.add(item.path("id").asText()));
            token = page.path("nextPageToken").asText();
        } while (!token.isEmpty());
        assertThat(all).hasSizeGreaterThanOrEqualTo(3).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void one_name_is_one_persons_until_they_leave() {
        String id = user();
        String other = fresh("eve");
        String body = "{\"id\":\"" + other + "\",\"userName\":\"" + id + "@EXAMPLE.COM\"}";

        assertThat(iam.refused("POST", "/api/v1/users", body)).isEqualTo("user-name-taken");
        iam.accepted("POST", "/api/v1/users/" + id + "/archive", null);
        iam.accepted("POST", "/api/v1/users", body);
        // Renamed, the old name is free again.
        iam.accepted("PUT", "/api/v1/users/" + other, "{\"userName\":\"" + other + "\"}");
        iam.accepted(
                "POST", "/api/v1/users", "{\"id\":\"" + fresh("eve") + "\",\"userName\":\"" + id + "@example.com\"}");
    }

    @Test
    void of_many_who_come_by_one_name_at_once_one_gets_it() {
        String name = fresh("wanted");
        List<String> commands = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            // Each is a thing of its own, decided in any partition.
            Answer answer = iam.call(
                    "POST",
                    "/api/v1/users",
                    "{\"id\":\"" + fresh("one") + "\",\"userName\":\""
                            + (i % 2 == 0 ? name : name.toUpperCase(Locale.ROOT)) + "\"}");
            assertThat(answer.status()).isEqualTo(202);
            commands.add(answer.body().path("id").asText());
        }
        assertThat(commands.stream().map(iam::outcome).map(EventEnvelope::outcome))
                .hasSize(12)
                .containsOnlyOnce(Outcome.ACCEPTED);
        assertThat(iam.get("/api/v1/users?userName=" + name).body().path("items"))
                .hasSize(1);
    }

    @Test
    void all_faults_of_a_request_are_named() {
        Answer answer =
                iam.call("POST", "/api/v1/users", "{\"id\":\"Not A Name\",\"userName\":\"\",\"colour\":\"blue\"}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body().path("errors"))
                .extracting(fault -> fault.path("pointer").asText())
                .containsExactlyInAnyOrder("/id", "/userName", "/colour");
    }

    @Test
    void a_changed_user_is_not_changed_by_who_has_not_seen_it() {
        String id = user();
        iam.accepted("POST", "/api/v1/users/" + id + "/suspend", null);
        assertThat(iam.refused("POST", "/api/v1/users/" + id + "/archive", null, "If-Match", "\"1\""))
                .isEqualTo("version-mismatch");
    }

    @Test
    void a_rehearsal_changes_nothing() {
        String id = fresh("ana");
        Answer foreseen =
                iam.call("POST", "/api/v1/users?dryRun=true", "{\"id\":\"" + id + "\",\"userName\":\"" + id + "\"}");
        assertThat(foreseen.status()).as(String.valueOf(foreseen.body())).isEqualTo(200);
        assertThat(foreseen.body().path("outcome").asText()).isEqualTo("accepted");
        assertThat(iam.get("/api/v1/users/" + id).problem()).isEqualTo("user-not-found");
    }

    @Test
    void who_waits_is_answered_with_the_user() {
        String id = fresh("ana");
        Answer created = iam.call(
                "POST", "/api/v1/users", "{\"id\":\"" + id + "\",\"userName\":\"" + id + "\"}", "Prefer", "wait=1");
        assertThat(created.status()).as(String.valueOf(created.body())).isEqualTo(201);
        assertThat(created.header("Location")).isEqualTo("/api/v1/users/" + id);
        assertThat(created.body().path("id").asText()).isEqualTo(id);
    }

    @Test
    void who_may_not_is_refused_and_sees_nobody() {
        String id = user();
        String[] eve = {"Authorization", "Bearer user:eve"};
        assertThat(iam.get("/api/v1/users/" + id, eve).problem()).isEqualTo("access-denied");
        assertThat(iam.call("POST", "/api/v1/users/" + id + "/suspend", null, eve)
                        .problem())
                .isEqualTo("access-denied");
        assertThat(iam.call("POST", "/api/v1/users", "{\"id\":\"x\",\"userName\":\"x\"}", eve)
                        .problem())
                .isEqualTo("access-denied");
        assertThat(iam.get("/api/v1/users", eve).body().path("items")).isEmpty();
    }

    // Groups

    @Test
    void groups_have_members_and_are_found_by_them() {
        String id = user();
        String group = fresh("data");
        String outer = fresh("all");
        for (String name : List.of(group, outer)) {
            iam.accepted("POST", "/api/v1/groups", "{\"name\":\"" + name + "\"}");
        }
        iam.accepted(
                "POST",
                "/api/v1/groups/" + group + "/members/add",
                "{\"members\":[\"user:" + id + "\",\"group:" + outer + "\"]}");
        Position then = iam.done(iam.metastore().position());
        iam.accepted("POST", "/api/v1/groups/" + outer + "/members/add", "{\"members\":[\"group:" + group + "\"]}");

        JsonNode read = iam.get("/api/v1/groups/" + group).body();
        assertThat(read.path("displayName").asText()).isEqualTo(group);
        assertThat(read.path("members")).extracting(JsonNode::asText).containsExactly("group:" + outer, "user:" + id);
        assertThat(iam.get("/api/v1/groups?member=user:" + id).body().path("items"))
                .singleElement()
                .satisfies(found -> assertThat(found).isEqualTo(read));
        // In a circle: each is seen once.
        assertThat(iam.get("/api/v1/me", "Authorization", "Bearer user:" + id)
                        .body()
                        .path("groups"))
                .extracting(JsonNode::asText)
                .containsExactlyInAnyOrder("group:" + group, "group:" + outer);

        iam.accepted("POST", "/api/v1/groups/" + group + "/members/remove", "{\"members\":[\"user:" + id + "\"]}");
        assertThat(iam.get("/api/v1/groups?member=user:" + id).body().path("items"))
                .isEmpty();
        assertThat(iam.get("/api/v1/groups?member=user:" + id + "&asOf=" + then)
                        .body()
                        .path("items"))
                .hasSize(1);
        iam.accepted("DELETE", "/api/v1/groups/" + group, null);
        assertThat(iam.get("/api/v1/groups/" + group).problem()).isEqualTo("group-not-found");
        iam.accepted("POST", "/api/v1/groups", "{\"name\":\"" + group + "\"}");
        JsonNode again = iam.get("/api/v1/groups/" + group).body();
        assertThat(again.path("id")).isEqualTo(read.path("id"));
        assertThat(again.path("members")).isEmpty();
    }

    @Test
    void a_group_is_not_put_into_itself_nor_holds_what_is_no_actor() {
        String group = fresh("data");
        iam.accepted("POST", "/api/v1/groups", "{\"name\":\"" + group + "\"}");
        assertThat(iam.refused(
                        "POST", "/api/v1/groups/" + group + "/members/add", "{\"members\":[\"group:" + group + "\"]}"))
                .isEqualTo("group-in-itself");
        Answer wrong =
                iam.call("POST", "/api/v1/groups/" + group + "/members/add", "{\"members\":[\"ana\",\"user:a\"]}");
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.body().at("/errors/0/pointer").asText()).isEqualTo("/members/0");
    }

    // Service accounts and tokens

    private String account() {
        String name = fresh("nightly");
        iam.accepted("POST", "/api/v1/service-accounts", "{\"name\":\"" + name + "\",\"description\":\"loads\"}");
        return name;
    }

    @Test
    void a_service_account_belongs_to_who_made_it_and_ends_for_ever() {
        String name = account();
        JsonNode read = iam.get("/api/v1/service-accounts/" + name).body();
        assertThat(read.path("owner").asText()).isEqualTo(IamServer.OPERATOR);
        assertThat(iam.get("/api/v1/service-accounts?owner=user:operator&state=active")
                        .body()
                        .path("items"))
                .contains(read);
        iam.accepted("POST", "/api/v1/service-accounts/" + name + "/suspend", "{\"reason\":\"noisy\"}");
        assertThat(iam.call("POST", "/api/v1/service-accounts/" + name + "/tokens", "{\"label\":\"ci\"}")
                        .problem())
                .isEqualTo("token-owner-refused");
        iam.accepted("POST", "/api/v1/service-accounts/" + name + "/activate", null);
        iam.accepted("POST", "/api/v1/service-accounts/" + name + "/archive", null);
        assertThat(iam.refused("POST", "/api/v1/service-accounts", "{\"name\":\"" + name + "\"}"))
                .isEqualTo("service-account-archived");
    }

    @Test
    void a_token_is_told_once_and_again_only_to_who_retries_and_kept_as_its_hash() {
        String id = user();
        String[] ana = {"Authorization", "Bearer user:" + id, "Idempotency-Key", "first"};
        String body = "{\"label\":\"ci\",\"actions\":[\"cluster:use\"],\"resources\":[\"default/cluster/*\"],"
                + "\"cidrs\":[\"10.0.0.0/8\"],\"expiresAt\":\"2126-01-01T00:00:00Z\"}";

        Answer made = iam.call("POST", "/api/v1/tokens", body, ana);
        assertThat(made.status()).as(String.valueOf(made.body())).isEqualTo(202);
        String value = made.body().at("/token/value").asText();
        String token = made.body().at("/token/id").asText();
        assertThat(value).startsWith("fjord_pat_");
        iam.outcome(made.body().path("id").asText());
        Answer again = iam.call("POST", "/api/v1/tokens", body, ana);
        assertThat(again.body().at("/token/value").asText()).isEqualTo(value);
        assertThat(iam.call("POST", "/api/v1/tokens", body.replace("\"ci\"", "\"other\""), ana)
                        .problem())
                .isEqualTo("idempotency-key-reused");

        JsonNode read = iam.get("/api/v1/tokens/" + token, ana).body();
        assertThat(read.has("value")).isFalse();
        assertThat(read.path("owner").asText()).isEqualTo("user:" + id);
        assertThat(read.path("cidrs").path(0).asText()).isEqualTo("10.0.0.0/8");
        assertThat(iam.get("/api/v1/tokens", ana).body().path("items")).containsExactly(read);
        String kept = iam.done(iam.database().query("SELECT hash FROM iam.token WHERE name = ?", token))
                .iterator()
                .next()
                .getString("hash");
        assertThat(kept).isEqualTo(Ids.sha256(value.getBytes(StandardCharsets.UTF_8)));
        assertThat(iam.get("/api/v1/events?service=iam&from=1:0&limit=10000")
                        .response()
                        .body())
                .contains(kept)
                .doesNotContain(value);
    }

    @Test
    void a_token_is_its_owners_alone() {
        String id = user();
        String[] ana = {"Authorization", "Bearer user:" + id};
        String[] eve = {"Authorization", "Bearer user:eve"};
        String token = iam.call("POST", "/api/v1/tokens", "{\"label\":\"ci\"}", ana)
                .body()
                .at("/token/id")
                .asText();
        iam.get("/api/v1/tokens", ana);
        await(token);

        assertThat(iam.get("/api/v1/tokens/" + token, eve).problem()).isEqualTo("token-not-found");
        assertThat(iam.call("POST", "/api/v1/tokens/" + token + "/revoke", null, eve)
                        .problem())
                .isEqualTo("token-not-found");
        assertThat(iam.get("/api/v1/tokens", eve).body().path("items")).isEmpty();
        assertThat(iam.get("/api/v1/users/" + id + "/tokens", eve).body().path("items"))
                .isEmpty();
        assertThat(iam.get("/api/v1/users/" + id + "/tokens").body().path("items"))
                .hasSize(1);

        iam.accepted("POST", "/api/v1/tokens/" + token + "/suspend", null, ana);
        iam.accepted("POST", "/api/v1/tokens/" + token + "/resume", null, ana);
        iam.accepted("POST", "/api/v1/users/" + id + "/tokens/" + token + "/revoke", null);
        assertThat(iam.refused("POST", "/api/v1/tokens/" + token + "/resume", null, ana))
                .isEqualTo("token-revoked");
        assertThat(iam.get("/api/v1/tokens?state=revoked", ana).body().path("items"))
                .hasSize(1);
    }

    private void await(String token) {
        org.awaitility.Awaitility.await()
                .until(() -> iam.done(iam.database().query("SELECT name FROM iam.token WHERE name = ?", token))
                                .size()
                        == 1);
    }

    @Test
    void a_token_that_is_for_some_things_makes_and_changes_no_other() {
        String id = user();
        String[] limited = {"Authorization", "Bearer " + IamServer.LIMITED + "user:" + id};
        assertThat(iam.call("POST", "/api/v1/tokens", "{\"label\":\"more\"}", limited)
                        .problem())
                .isEqualTo("token-for-tokens-refused");
        assertThat(iam.get("/api/v1/me", limited).body().path("limited").asBoolean())
                .isTrue();
    }

    @Test
    void what_is_wrong_with_a_token_is_all_named() {
        Answer answer = iam.call(
                "POST",
                "/api/v1/tokens",
                "{\"label\":\"ci\",\"actions\":[\"cluster\"],\"resources\":[\"default/cluster\"],"
                        + "\"cidrs\":[\"10.0.0.0/64\"],\"expiresAt\":\"2020-01-01T00:00:00Z\"}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body().path("errors"))
                .extracting(fault -> fault.path("pointer").asText())
                .containsExactlyInAnyOrder("/actions/0", "/resources/0", "/cidrs/0", "/expiresAt");
    }

    @Test
    void a_service_account_gets_a_token_from_who_may_and_its_use_shows() {
        String name = account();
        String tokens = "/api/v1/service-accounts/" + name + "/tokens";
        assertThat(iam.call("POST", tokens, "{\"label\":\"ci\"}", "Authorization", "Bearer user:eve")
                        .problem())
                .isEqualTo("access-denied");
        Answer made = iam.call("POST", tokens, "{\"label\":\"ci\"}", "Prefer", "wait=1");
        assertThat(made.status()).as(String.valueOf(made.body())).isEqualTo(201);
        assertThat(made.body().path("value").asText()).startsWith("fjord_pat_");
        assertThat(made.body().path("owner").asText()).isEqualTo("service-account:" + name);
        String token = made.body().path("id").asText();

        Answer noted = iam.call(
                "POST",
                "/api/v1/token-uses",
                "{\"uses\":[{\"id\":\"" + token + "\",\"usedAt\":\"2026-11-21T13:00:00Z\",\"address\":\"10.0.0.7\"}]}");
        assertThat(noted.status()).isEqualTo(204);
        JsonNode shown = iam.get(tokens).body().path("items").path(0);
        assertThat(shown.path("lastUsedAt").asText()).isEqualTo("2026-11-21T13:00:00Z");
        assertThat(shown.path("lastUsedFrom").asText()).isEqualTo("10.0.0.7");
        iam.accepted("POST", tokens + "/" + token + "/suspend", null);
        iam.accepted("POST", tokens + "/" + token + "/resume", null);
        iam.accepted("POST", tokens + "/" + token + "/revoke", null);
    }

    @Test
    void the_operator_is_told_who_they_are() {
        JsonNode me = iam.get("/api/v1/me").body();
        assertThat(me.path("actor").asText()).isEqualTo(IamServer.OPERATOR);
        assertThat(me.path("kind").asText()).isEqualTo("user");
        assertThat(me.path("limited").asBoolean()).isFalse();
    }

    // SCIM

    private static final String USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User";
    private static final String PATCH = "\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"]";

    private Answer provision(String userName) {
        Answer made = iam.call(
                "POST",
                "/scim/v2/Users",
                "{\"schemas\":[\"" + USER_SCHEMA + "\"],\"userName\":\"" + userName
                        + "\",\"name\":{\"formatted\":\"Ana Lind\"},\"externalId\":\"hr-" + userName
                        + "\",\"active\":true}");
        assertThat(made.status()).as(String.valueOf(made.body())).isEqualTo(201);
        return made;
    }

    private static String url(String text) {
        return java.net.URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Test
    void a_provisioned_user_is_found_patched_replaced_and_deprovisioned() {
        String userName = fresh("ana") + "@example.com";
        Answer made = provision(userName);
        String id = made.body().path("id").asText();
        String at = "/scim/v2/Users/" + id;
        assertThat(made.header("Content-Type")).isEqualTo("application/scim+json");
        assertThat(made.header("Location")).isEqualTo(at);
        assertThat(made.header("ETag")).isEqualTo("W/\"1\"");
        assertThat(made.body().path("displayName").asText()).isEqualTo("Ana Lind");
        assertThat(made.body().at("/meta/resourceType").asText()).isEqualTo("User");
        assertThat(iam.get(at).body()).isEqualTo(made.body());
        assertThat(iam.get(at, "If-None-Match", "W/\"1\"").status()).isEqualTo(304);
        Answer twice = iam.call("POST", "/scim/v2/Users", "{\"userName\":\"" + userName + "\"}");
        assertThat(twice.status()).isEqualTo(409);
        assertThat(twice.body().path("scimType").asText()).isEqualTo("uniqueness");

        Answer suspended = iam.call(
                "PATCH",
                at,
                "{" + PATCH + ",\"Operations\":[{\"op\":\"Replace\",\"path\":\"active\",\"value\":false},"
                        + "{\"op\":\"remove\",\"path\":\"displayName\"}]}",
                "If-Match",
                "W/\"1\"");
        assertThat(suspended.status()).as(String.valueOf(suspended.body())).isEqualTo(200);
        assertThat(suspended.body().path("active").asBoolean()).isFalse();
        assertThat(suspended.body().has("displayName")).isFalse();
        assertThat(iam.get("/api/v1/users/" + id).body().path("state").asText()).isEqualTo("suspended");
        Answer stale =
                iam.call("PUT", at, "{\"userName\":\"" + userName + "\",\"active\":true}", "If-Match", "W/\"1\"");
        assertThat(stale.status()).isEqualTo(412);
        Answer replaced = iam.call("PUT", at, "{\"userName\":\"" + userName + "\",\"active\":true}");
        assertThat(replaced.body().path("active").asBoolean()).isTrue();
        assertThat(replaced.body().has("externalId")).isFalse();

        assertThat(iam.call("DELETE", at, null).status()).isEqualTo(204);
        Answer gone = iam.get(at);
        assertThat(gone.status()).isEqualTo(404);
        assertThat(gone.body().path("status").asText()).isEqualTo("404");
        assertThat(iam.get("/api/v1/users/" + id).body().path("state").asText()).isEqualTo("archived");
    }

    @Test
    void provisioned_users_are_filtered_sorted_and_paged_from_one() {
        String mark = fresh("sorted");
        for (String first : List.of("c", "a", "b")) {
            provision(first + "-" + mark);
        }
        String filter = "/scim/v2/Users?filter=" + url("userName ew \"" + mark + "\" and active eq true");
        JsonNode page =
                iam.get(filter + "&sortBy=userName&startIndex=2&count=1").body();
        assertThat(page.path("totalResults").asInt()).isEqualTo(3);
        assertThat(page.path("startIndex").asInt()).isEqualTo(2);
        assertThat(page.path("itemsPerPage").asInt()).isEqualTo(1);
        assertThat(page.at("/Resources/0/userName").asText()).isEqualTo("b-" + mark);
        assertThat(iam.get(filter + "&sortBy=userName&sortOrder=descending")
                        .body()
                        .at("/Resources/0/userName")
                        .asText())
                .isEqualTo("c-" + mark);
        JsonNode one = iam.get("/scim/v2/Users?attributes=userName&filter=" + url("username EQ \"A-" + mark + "\""))
                .body();
        assertThat(one.path("totalResults").asInt()).isEqualTo(1);
        assertThat(one.at("/Resources/0").has("active")).isFalse();
        assertThat(iam.get(filter + "&count=0").body().path("Resources")).isEmpty();
        Answer wrong = iam.get("/scim/v2/Users?filter=" + url("userName like \"a\""));
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.body().path("scimType").asText()).isEqualTo("invalidFilter");
        assertThat(iam.get(filter, "Authorization", "Bearer user:eve")
                        .body()
                        .path("totalResults")
                        .asInt())
                .isZero();
        Answer refused = iam.call("POST", "/scim/v2/Users", "{\"userName\":\"x\"}", "Authorization", "Bearer user:eve");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.body().path("schemas").path(0).asText())
                .isEqualTo("urn:ietf:params:scim:api:messages:2.0:Error");
    }

    @Test
    void a_provisioned_group_gets_and_loses_members_and_keeps_what_scim_does_not_see() {
        String ana = provision(fresh("ana")).body().path("id").asText();
        String ben = provision(fresh("ben")).body().path("id").asText();
        String called = "Data " + fresh("Engineers");
        Answer made = iam.call(
                "POST",
                "/scim/v2/Groups",
                "{\"displayName\":\"" + called + "\",\"members\":[{\"value\":\"" + ana + "\"}]}");
        assertThat(made.status()).as(String.valueOf(made.body())).isEqualTo(201);
        String name = made.body().path("id").asText();
        assertThat(name).startsWith("data-engineers-");
        assertThat(made.body().at("/members/0/type").asText()).isEqualTo("User");
        iam.accepted(
                "POST",
                "/api/v1/groups/" + name + "/members/add",
                "{\"members\":[\"service-account:" + account() + "\"]}");

        String at = "/scim/v2/Groups/" + name;
        Answer added = iam.call(
                "PATCH",
                at,
                "{" + PATCH + ",\"Operations\":[{\"op\":\"Add\",\"path\":\"members\",\"value\":[{\"value\":\"" + ben
                        + "\"}]}]}");
        assertThat(added.status()).as(String.valueOf(added.body())).isEqualTo(200);
        assertThat(added.body().path("members")).hasSize(2);
        Answer removed = iam.call(
                "PATCH",
                at,
                "{" + PATCH + ",\"Operations\":[{\"op\":\"remove\",\"path\":\"members[value eq \\\"" + ana
                        + "\\\"]\"}]}");
        assertThat(removed.status()).as(String.valueOf(removed.body())).isEqualTo(200);
        assertThat(removed.body().path("members"))
                .extracting(member -> member.path("value").asText())
                .containsExactly(ben);
        assertThat(iam.get("/api/v1/groups/" + name).body().path("members")).hasSize(2);
        assertThat(iam.get("/scim/v2/Groups?excludedAttributes=members&filter="
                                + url("displayName eq \"" + called + "\""))
                        .body()
                        .at("/Resources/0")
                        .has("members"))
                .isFalse();
        Answer nobody =
                iam.call("PUT", at, "{\"displayName\":\"" + called + "\",\"members\":[{\"value\":\"nobody-at-all\"}]}");
        assertThat(nobody.body().path("scimType").asText()).isEqualTo("invalidValue");
        assertThat(iam.call("DELETE", at, null).status()).isEqualTo(204);
        assertThat(iam.get(at).status()).isEqualTo(404);
    }

    @Test
    void scim_says_what_it_can_do() {
        JsonNode config = iam.get("/scim/v2/ServiceProviderConfig").body();
        assertThat(config.at("/patch/supported").asBoolean()).isTrue();
        assertThat(config.at("/bulk/supported").asBoolean()).isFalse();
        assertThat(iam.get("/scim/v2/ResourceTypes").body().path("Resources")).hasSize(2);
        assertThat(iam.get("/scim/v2/ResourceTypes/Group").body().path("schema").asText())
                .endsWith(":Group");
        assertThat(iam.get("/scim/v2/Schemas/" + USER_SCHEMA).body().path("attributes"))
                .isNotEmpty();
        assertThat(iam.get("/scim/v2/Schemas/none").status()).isEqualTo(404);
    }
}
