package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.embedded.Durability;
import io.fjord.launcher.Platform.Answer;
import io.fjord.testing.TestServers;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** From a group and a grant over the relay to who may, why, and who could then. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessEndToEndIT {

    private static final String[] WAIT = {"Prefer", "wait=30"};

    private final TestIssuer issuer = new TestIssuer();
    private Platform platform;

    @BeforeAll
    void start() {
        platform = Platform.start(
                TestServers.newPostgres(TestServers.newHome("postgres"), Durability.NONE),
                "cdc,control-policies,iam,core,gateway",
                issuer.settings());
    }

    @AfterAll
    void stop() throws Exception {
        platform.close();
        issuer.close();
    }

    @Test
    void who_logs_in_for_the_first_time_is_known_and_in_the_groups_of_the_token() {
        assertThat(post("/api/v1/groups", "{\"name\":\"climbers\"}").status()).isEqualTo(201);
        assertThat(post("/api/v1/groups/climbers/members/add", "{\"members\":[\"user:lea\"]}")
                        .status())
                .isEqualTo(200);

        Answer first = me(issuer.token("lea", "Lea", "/ships/crew", "/climbers"));
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.body().path("userName").asText()).isEqualTo("Lea");
        assertThat(groups(first)).containsExactlyInAnyOrder("group:ships-crew", "group:climbers");
        assertThat(platform.get("/api/v1/users/lea").body().path("state").asText())
                .isEqualTo("active");

        // What they may comes from grants, at once and for each request anew.
        String[] lea = {"Authorization", "Bearer " + issuer.token("lea", "Lea", "/ships/crew")};
        assertThat(platform.get("/api/v1/clusters/none", lea).status()).isEqualTo(403);
        Answer made = post(
                "/api/v1/grants",
                "{\"subject\":\"group:ships-crew\",\"role\":\"viewer\",\"resources\":[\"default/cluster/*\"]}");
        assertThat(made.status()).isEqualTo(201);
        await().untilAsserted(() ->
                assertThat(platform.get("/api/v1/clusters/none", lea).status()).isEqualTo(404));

        // The next token tells of another crew; the group that was made here is nobody's business but ours.
        Answer moved = me(issuer.token("lea", "Lea", "/ships/pilots"));
        assertThat(groups(moved)).containsExactlyInAnyOrder("group:ships-pilots", "group:climbers");

        assertThat(post("/api/v1/users/lea/suspend", "{}").status()).isEqualTo(200);
        await().untilAsserted(() -> assertThat(
                        me(issuer.token("lea", "Lea", "/ships/pilots")).status())
                .isEqualTo(401));
    }

    /** Over the relay into the command handler of another service. */
    @Test
    void a_guardrail_is_told_first_and_refuses_once_it_is_enforced() {
        assertThat(call(
                                "POST",
                                "/api/v1/guardrails?domain=platform",
                                "{\"name\":\"named\",\"commandTypes\":[\"fjord.iam.role.CreateRole\"],"
                                        + "\"expression\":\"resource.name.startsWith('team-')\","
                                        + "\"message\":\"Roles are called team-something.\"}")
                        .status())
                .isEqualTo(201);
        assertThat(role("clerk").status()).isEqualTo(201);

        assertThat(platform.get("/api/v1/guardrails/named/report?domain=platform")
                        .body()
                        .path("refused")
                        .asLong())
                .isEqualTo(1);
        assertThat(call("PUT", "/api/v1/guardrails/named/mode?domain=platform", "{\"mode\":\"ENFORCE\"}")
                        .status())
                .isEqualTo(200);

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            Answer refused = role("clerk-" + System.nanoTime());
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body().path("type").asText()).isEqualTo("/problems/guardrail-violated");
            assertThat(refused.body().path("detail").asText()).contains("Roles are called team-something.");
        });
        assertThat(role("team-data").status()).isEqualTo(201);

        assertThat(call("DELETE", "/api/v1/guardrails/named?domain=platform", null)
                        .status())
                .isEqualTo(204);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> role("clerk-" + System.nanoTime()).status() == 201);
    }

    private Answer role(String name) {
        return call("POST", "/api/v1/roles", "{\"name\":\"" + name + "\",\"actions\":[\"cluster:read\"]}");
    }

    private Answer call(String method, String path, String body) {
        return platform.call(method, path, body, WAIT);
    }

    private Answer me(String token) {
        return platform.get("/api/v1/me", "Authorization", "Bearer " + token);
    }

    private static List<String> groups(Answer me) {
        List<String> groups = new ArrayList<>();
        me.body().path("groups").forEach(group -> groups.add(group.asText()));
        return groups;
    }

    @Test
    void a_grant_allows_until_it_is_revoked_and_what_was_can_still_be_asked() {
        String etl = "default/cluster/etl";
        assertThat(post("/api/v1/groups", "{\"name\":\"data\"}").status()).isEqualTo(201);
        assertThat(post("/api/v1/groups/data/members/add", "{\"members\":[\"user:ana\"]}")
                        .status())
                .isEqualTo(200);
        Answer role = post("/api/v1/roles", "{\"name\":\"engineer\",\"actions\":[\"cluster:*\"]}");
        assertThat(role.status()).isEqualTo(201);
        assertThat(explain("user:ana", "cluster:use", etl, role).path("allowed").asBoolean())
                .isFalse();

        Answer made = post(
                "/api/v1/grants",
                "{\"subject\":\"group:data\",\"role\":\"engineer\",\"resources\":[\"default/cluster/*\"]}");
        assertThat(made.status()).isEqualTo(201);

        JsonNode because = explain("user:ana", "cluster:use", etl, made);
        assertThat(because.path("allowed").asBoolean()).isTrue();
        assertThat(because.path("chain"))
                .extracting(step -> step.path("kind").asText())
                .containsExactly("group", "grant", "role");
        assertThat(because.path("chain").path(0).path("what").asText()).isEqualTo("user:ana is a member of it");
        assertThat(because.path("chain").path(2).path("what").asText()).isEqualTo("stands for cluster:*");
        assertThat(who("cluster:use", etl, "")).contains("user:ana");
        assertThat(platform.call("DELETE", "/api/v1/roles/engineer", null, WAIT)
                        .body()
                        .path("type")
                        .asText())
                .isEqualTo("/problems/role-in-use");

        String then = position(made);
        String id = made.body().path("id").asText();
        Answer revoked = platform.call("DELETE", "/api/v1/grants/" + id, null, WAIT);
        assertThat(revoked.status()).isEqualTo(204);

        JsonNode after = explain("user:ana", "cluster:use", etl, revoked);
        assertThat(after.path("allowed").asBoolean()).isFalse();
        assertThat(after.path("chain")).isEmpty();
        assertThat(who("cluster:use", etl, "")).doesNotContain("user:ana");
        assertThat(who("cluster:use", etl, "&asOf=" + then)).contains("user:ana");
        assertThat(platform.get(question("user:ana", "cluster:use", etl) + "&asOf=" + then)
                        .body()
                        .path("allowed")
                        .asBoolean())
                .isTrue();
        assertThat(platform.get("/api/v1/grants/" + id).status()).isEqualTo(404);
        assertThat(platform.get("/api/v1/grants/" + id + "?asOf=" + then).status())
                .isEqualTo(200);
    }

    @Test
    void what_was_a_leavers_is_handed_over() {
        String otto = issuer.token("otto", "Otto");
        assertThat(me(otto).status()).isEqualTo(200);
        assertThat(me(issuer.token("ida", "Ida")).status()).isEqualTo(200);
        Answer grant = post(
                "/api/v1/grants",
                "{\"subject\":\"user:otto\",\"actions\":[\"cluster:create\"],\"resources\":[\"default/cluster/*\"]}");
        assertThat(grant.status()).isEqualTo(201);
        explain("user:otto", "cluster:create", "default/cluster/ottos", grant);
        for (String cluster : List.of("ottos", "shared")) {
            Answer created = as(otto, "/api/v1/clusters", "{\"name\":\"" + cluster + "\",\"size\":\"XS\"}");
            assertThat(created.status()).as(created.body().toString()).isEqualTo(201);
            assertThat(created.body().path("owner").asText()).isEqualTo("user:otto");
        }
        // Who owns a thing may do everything with it, and nothing with others.
        await().untilAsserted(() ->
                assertThat(who("cluster:manage", "default/cluster/ottos", "")).contains("user:otto"));
        assertThat(who("cluster:manage", "default/cluster/others", "")).doesNotContain("user:otto");
        Answer handed = platform.call(
                "PUT",
                "/api/v1/clusters/shared/owner",
                "{\"owner\":\"service-account:robot\"}",
                "Prefer",
                "wait=30",
                "Authorization",
                "Bearer " + otto);
        assertThat(handed.status()).as(handed.body().toString()).isEqualTo(200);
        assertThat(handed.body().path("owner").asText()).isEqualTo("service-account:robot");
        platform.call("PUT", "/api/v1/domains/harbour/owners/user:otto", null, WAIT);
        post("/api/v1/service-accounts", "{\"name\":\"ottos-bot\",\"owner\":\"user:otto\"}");
        Answer token = as(otto, "/api/v1/tokens", "{\"label\":\"all\"}");
        assertThat(token.status()).isEqualTo(201);

        assertThat(post("/api/v1/users/otto/archive", "{\"handOverTo\":\"user:ida\"}")
                        .status())
                .isEqualTo(200);

        await().untilAsserted(() -> {
            assertThat(platform.get("/api/v1/clusters/ottos")
                            .body()
                            .path("owner")
                            .asText())
                    .isEqualTo("user:ida");
            assertThat(texts(platform.get("/api/v1/domains/harbour/owners").body(), "actor"))
                    .containsExactly("user:ida");
            assertThat(platform.get("/api/v1/service-accounts/ottos-bot")
                            .body()
                            .path("owner")
                            .asText())
                    .isEqualTo("user:ida");
            assertThat(texts(platform.get("/api/v1/users/otto/tokens").body(), "state"))
                    .containsExactly("revoked");
            assertThat(who("cluster:manage", "default/cluster/ottos", ""))
                    .contains("user:ida")
                    .doesNotContain("user:otto");
        });
        // What was not theirs any more stays; what happened is told of who it was.
        assertThat(platform.get("/api/v1/clusters/shared").body().path("owner").asText())
                .isEqualTo("service-account:robot");
        // Who could is read from the journals, why from the rules in memory, which hear of it a moment later.
        await().untilAsserted(
                        () -> assertThat(platform.get(question("user:ida", "cluster:manage", "default/cluster/ottos"))
                                        .body()
                                        .path("chain"))
                                .extracting(step -> step.path("what").asText())
                                .contains("user:ida owns it"));
        assertThat(platform.get("/api/v1/clusters/ottos/history").body().path("items"))
                .extracting(event -> event.path("actor").asText())
                .contains("user:otto", "service:core");
    }

    @Test
    void a_policy_that_denies_outweighs_a_grant_from_then_on() {
        String table = "default/table/p";
        Answer made = post(
                "/api/v1/grants", "{\"subject\":\"user:pia\",\"role\":\"viewer\",\"resources\":[\"default/table/*\"]}");
        assertThat(made.status()).isEqualTo(201);
        assertThat(explain("user:pia", "table:read", table, made)
                        .path("allowed")
                        .asBoolean())
                .isTrue();
        assertThat(post(
                                "/api/v1/policies",
                                "{\"name\":\"not-pia\",\"effect\":\"DENY\",\"subjects\":[\"user:pia\"],"
                                        + "\"actions\":[\"table:read\"],\"resources\":[\"default/table/*\"]}")
                        .status())
                .isEqualTo(201);

        await().untilAsserted(() -> assertThat(explain("user:pia", "table:read", table, made)
                        .path("chain")
                        .path(0)
                        .path("address")
                        .asText())
                .isEqualTo("default/policy/not-pia"));
        assertThat(who("table:read", table, "")).doesNotContain("user:pia");
        assertThat(who("table:read", table, "&asOf=" + position(made))).contains("user:pia");
    }

    @Test
    void who_is_made_owner_twice_is_owner_once() {
        String ben = "/api/v1/domains/sales/owners/user:ben";
        assertThat(platform.call("PUT", ben, null, WAIT).status()).isEqualTo(201);
        Answer again = platform.call("PUT", ben, null, WAIT);
        assertThat(again.status()).isEqualTo(200);
        assertThat(platform.call("PUT", "/api/v1/domains/sales/members/group:all", null, WAIT)
                        .status())
                .isEqualTo(201);

        assertThat(texts(platform.get("/api/v1/domains/sales/owners").body(), "actor"))
                .containsExactly("user:ben");
        assertThat(texts(platform.get("/api/v1/domains/sales/members").body(), "actor"))
                .containsExactly("group:all");
        assertThat(texts(
                        platform.get("/api/v1/grants?domain=sales&resource=sales/table/a.b")
                                .body(),
                        "role"))
                .containsExactlyInAnyOrder("owner", "member");
        assertThat(explain("user:ben", "table:manage", "sales/table/a.b", again)
                        .path("allowed")
                        .asBoolean())
                .isTrue();

        assertThat(platform.call("DELETE", ben, null, WAIT).status()).isEqualTo(204);
        assertThat(platform.get("/api/v1/domains/sales/owners").body().path("items"))
                .isEmpty();
    }

    @Test
    void all_that_is_wrong_with_a_grant_is_named_and_roles_that_are_not_there() {
        Answer wrong =
                post("/api/v1/grants", "{\"subject\":\"ana\",\"actions\":[\"read\"],\"resources\":[\"x\",\"y\"]}");
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.body().path("errors")).hasSize(4);
        assertThat(post("/api/v1/grants", "{\"subject\":\"user:ana\"}").body().path("errors"))
                .hasSize(2);
        assertThat(post(
                                "/api/v1/grants",
                                "{\"subject\":\"user:ana\",\"role\":\"none\",\"resources\":[\"default/*/*\"]}")
                        .body()
                        .path("type")
                        .asText())
                .isEqualTo("/problems/role-not-found");
        assertThat(texts(platform.get("/api/v1/roles").body(), "name"))
                .contains("owner", "member", "viewer", "platform-admin");
    }

    @Test
    void the_operator_may_do_everything_and_is_told_so() {
        Answer answer =
                post("/api/v1/access/check", "{\"action\":\"cluster:create\",\"resource\":\"default/cluster/x\"}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body().path("allowed").asBoolean()).isTrue();
        assertThat(answer.body().path("actor").asText()).isEqualTo("user:operator");
        assertThat(platform.call(
                                "POST",
                                "/api/v1/access/check",
                                "{\"action\":\"cluster:create\",\"resource\":\"default/cluster/x\"}",
                                "Authorization",
                                "Bearer nobody")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void nobody_hands_out_more_than_they_have() {
        String lead = tokenOf("lead", "{\"label\":\"all\"}");
        String narrow = post(
                        "/api/v1/service-accounts/lead/tokens", "{\"label\":\"narrow\",\"actions\":[\"grant:manage\"]}")
                .body()
                .path("value")
                .asText();
        String helper = tokenOf("helper", "{\"label\":\"all\"}");
        platform.call("PUT", "/api/v1/domains/team/owners/service-account:lead", null, WAIT);
        Answer last = post(
                "/api/v1/grants?domain=team",
                "{\"subject\":\"service-account:helper\",\"actions\":[\"grant:manage\",\"cluster:read\"],"
                        + "\"resources\":[\"team/*/*\"]}");
        assertThat(last.status()).isEqualTo(201);
        explain("service-account:helper", "cluster:read", "team/cluster/a", last);

        String views = "{\"subject\":\"user:zoe\",\"role\":\"viewer\",\"resources\":[\"%s/*/*\"]}";
        assertThat(as(lead, "/api/v1/grants?domain=team", views.formatted("team"))
                        .status())
                .isEqualTo(201);
        assertThat(problem(as(lead, "/api/v1/grants?domain=default", views.formatted("default"))))
                .isEqualTo("/problems/access-denied");
        assertThat(problem(as(narrow, "/api/v1/grants?domain=team", views.formatted("team"))))
                .isEqualTo("/problems/exceeds-own-rights");
        assertThat(as(
                                helper,
                                "/api/v1/grants?domain=team",
                                "{\"subject\":\"user:zoe\",\"actions\":[\"cluster:read\"],\"resources\":[\"team/cluster/*\"]}")
                        .status())
                .isEqualTo(201);
        Answer tooMuch = as(helper, "/api/v1/grants?domain=team", views.formatted("team"));
        assertThat(tooMuch.status()).isEqualTo(403);
        assertThat(problem(tooMuch)).isEqualTo("/problems/exceeds-own-rights");
        assertThat(tooMuch.header("Fjord-Decision")).isNotEmpty();

        Answer no = as(helper, "/api/v1/access/check", "{\"action\":\"secret:read\",\"resource\":\"team/secret/x\"}");
        assertThat(no.body().path("allowed").asBoolean()).isFalse();
        assertThat(no.body().path("decisionId").asText()).isNotEmpty();
        assertThat(platform.get(
                                question("service-account:helper", "cluster:read", "team/cluster/a"),
                                "Authorization",
                                "Bearer " + helper)
                        .status())
                .isEqualTo(200);
        assertThat(platform.get(
                                question("user:zoe", "cluster:read", "team/cluster/a"),
                                "Authorization",
                                "Bearer " + helper)
                        .status())
                .isEqualTo(403);
    }

    private String tokenOf(String serviceAccount, String token) {
        assertThat(post("/api/v1/service-accounts", "{\"name\":\"" + serviceAccount + "\"}")
                        .status())
                .isEqualTo(201);
        return post("/api/v1/service-accounts/" + serviceAccount + "/tokens", token)
                .body()
                .path("value")
                .asText();
    }

    private Answer as(String token, String path, String body) {
        return platform.post(path, body, "Prefer", "wait=30", "Authorization", "Bearer " + token);
    }

    private static String problem(Answer answer) {
        return answer.body().path("type").asText();
    }

    private Answer post(String path, String body) {
        return platform.post(path, body, WAIT);
    }

    private static String position(Answer answer) {
        return answer.header("Fjord-Position").replace("iam=", "");
    }

    private JsonNode explain(String actor, String action, String resource, Answer after) {
        Answer answer =
                platform.get(question(actor, action, resource), "Fjord-Min-Position", after.header("Fjord-Position"));
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        return answer.body();
    }

    private static String question(String actor, String action, String resource) {
        return "/api/v1/access/explain?actor=" + encoded(actor) + "&action=" + encoded(action) + "&resource="
                + encoded(resource);
    }

    private List<String> who(String action, String resource, String more) {
        Answer answer =
                platform.get("/api/v1/access/who?action=" + encoded(action) + "&resource=" + encoded(resource) + more);
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        return texts(answer.body(), "actor");
    }

    private static List<String> texts(JsonNode page, String field) {
        List<String> all = new ArrayList<>();
        page.path("items").forEach(item -> all.add(item.path(field).asText()));
        return all;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
