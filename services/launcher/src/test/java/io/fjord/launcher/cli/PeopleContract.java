package io.fjord.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import io.fjord.embedded.KeycloakServer;
import io.fjord.launcher.Platform.Answer;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Where people come from, and that they are the same in Keycloak and in iam, whichever side is changed. */
abstract class PeopleContract extends KeycloakContract {

    private static final String[] WAIT = {"Prefer", "wait=30"};
    private static final String PASSWORD = "a-good-long-password-1";
    private static final String BIND_PASSWORD = "canary-bind-password-7431";

    private final HttpClient http = HttpClient.newHttpClient();

    // Directories and other providers

    @Test
    @Order(20)
    void people_of_a_directory_log_in_and_are_in_the_groups_theirs_are_mapped_to() throws Exception {
        try (var directory = directory()) {
            var wrong = "{\"name\":\"corporate\",\"ldap\":{\"url\":\"ldap://127.0.0.1:" + directory.getListenPort()
                    + "\",\"bindDn\":\"cn=fjord,dc=example,dc=test\",\"bindPassword\":\"not-this-one\","
                    + "\"usersDn\":\"ou=people,dc=example,dc=test\",\"groupsDn\":\"ou=groups,dc=example,dc=test\"},"
                    + "\"groups\":[{\"from\":\"lake-builders\",\"to\":\"engineers\"}]}";
            assertThat(api("POST", "/api/v1/identity-sources", wrong).status()).isEqualTo(201);
            applied("corporate");
            var tested = platform.post("/api/v1/identity-sources/corporate/test", null);
            assertThat(tested.status()).isEqualTo(422);
            assertThat(tested.body().path("type").asText()).endsWith("identity-source-unreachable");
            assertThat(tested.body().path("detail").asText())
                    .contains("log in as cn=fjord")
                    .contains("AuthenticationFailure");

            var right = wrong.replace("not-this-one", BIND_PASSWORD).replace("\"name\":\"corporate\",", "");
            assertThat(api("PUT", "/api/v1/identity-sources/corporate", right).status())
                    .isEqualTo(200);
            applied("corporate");
            var retried = platform.post("/api/v1/identity-sources/corporate/test", null);
            assertThat(retried.status()).as(retried.body().toString()).isEqualTo(200);
            assertThat(api("POST", "/api/v1/identity-sources/corporate/sync", null)
                            .status())
                    .isEqualTo(200);
            soon(() -> assertThat(source("corporate").at("/lastSync/added").asInt())
                    .isEqualTo(1));

            var lena = provider.login("lena", PASSWORD);

            // Known by having logged in: nobody introduced her.
            var id = verified(lena.accessToken()).getSubject();
            soon(() -> {
                var user = platform.get("/api/v1/users/" + id).body();
                assertThat(user.path("userName").asText()).isEqualTo("lena");
                assertThat(user.path("displayName").asText()).isEqualTo("Lena Lake");
                assertThat(groups(lena)).contains("group:lake-builders", "group:engineers");
            });
            assertThat(groups(lena)).doesNotContain("group:lunch-club");
            assertThat(me(lena).path("actor").asText()).isEqualTo("user:" + id);

            var events = platform.get("/api/v1/identity-sources/corporate/history");
            assertThat(events.status()).isEqualTo(200);
            assertThat(events.body().toString())
                    .contains("IdentitySourceSynced")
                    .doesNotContain(BIND_PASSWORD)
                    .doesNotContain("not-this-one");
        }
        assertThat(api("DELETE", "/api/v1/identity-sources/corporate", null).status())
                .isEqualTo(204);
        soon(() -> assertThat(admin("GET", "/components?type=org.keycloak.storage.UserStorageProvider", null))
                .isEmpty());
        soon(() -> assertThat(platform.get("/api/v1/groups/engineers")
                        .body()
                        .path("members")
                        .toString())
                .doesNotContain("lake-builders"));
    }

    private static InMemoryDirectoryServer directory() throws Exception {
        var config = new InMemoryDirectoryServerConfig("dc=example,dc=test");
        config.setListenerConfigs(
                InMemoryListenerConfig.createLDAPConfig("loopback", InetAddress.getLoopbackAddress(), 0, null));
        config.addAdditionalBindCredentials("cn=fjord,dc=example,dc=test", BIND_PASSWORD);
        var directory = new InMemoryDirectoryServer(config);
        directory.add("dn: dc=example,dc=test", "objectClass: domain", "dc: example");
        directory.add("dn: ou=people,dc=example,dc=test", "objectClass: organizationalUnit", "ou: people");
        directory.add("dn: ou=groups,dc=example,dc=test", "objectClass: organizationalUnit", "ou: groups");
        directory.add(
                "dn: uid=lena,ou=people,dc=example,dc=test",
                "objectClass: inetOrgPerson",
                "uid: lena",
                "givenName: Lena",
                "sn: Lake",
                "cn: Lena Lake",
                "mail: lena@example.test",
                "userPassword: " + PASSWORD);
        for (var group : List.of("lake-builders", "lunch-club")) {
            directory.add(
                    "dn: cn=" + group + ",ou=groups,dc=example,dc=test",
                    "objectClass: groupOfNames",
                    "cn: " + group,
                    "member: uid=lena,ou=people,dc=example,dc=test");
        }
        directory.startListening();
        return directory;
    }

    @Test
    @Order(21)
    void people_of_another_identity_provider_log_in_with_a_token_of_ours() throws Exception {
        admin("POST", "", partner());
        var source = "{\"name\":\"partner\",\"saml\":{\"metadataUrl\":\""
                + keycloak.issuer().replace("/realms/fjord", "/realms/partner")
                + "/protocol/saml/descriptor\",\"groupsAttribute\":\"groups\"},"
                + "\"groups\":[{\"from\":\"builders\",\"to\":\"analysts\"}]}";
        assertThat(api("POST", "/api/v1/identity-sources", source).status()).isEqualTo(201);
        applied("partner");
        assertThat(platform.post("/api/v1/identity-sources/partner/test", null).status())
                .isEqualTo(200);
        var nothing = api("POST", "/api/v1/identity-sources/partner/sync", null);
        assertThat(nothing.status()).isEqualTo(422);

        var device = provider.begin();
        var browser = new Browser().open(device.address()).click("/broker/partner/login");
        passOn(browser);
        browser.submit(Map.of("username", "piet", "password", PASSWORD));
        passOn(browser);
        browser.submit(Map.of("accept", "Yes"));
        var piet = await().atMost(Duration.ofSeconds(60))
                .pollInterval(device.interval())
                .until(() -> provider.poll(device), Optional::isPresent)
                .orElseThrow();

        var id = verified(piet.accessToken()).getSubject();
        assertThat(me(piet).path("actor").asText()).isEqualTo("user:" + id);
        soon(() -> {
            var user = platform.get("/api/v1/users/" + id).body();
            assertThat(user.path("userName").asText()).isEqualTo("piet");
            assertThat(user.path("displayName").asText()).isEqualTo("Piet Partner");
            assertThat(groups(piet)).containsExactly("group:analysts");
        });
    }

    /** What scripts of these pages do at once. */
    private static void passOn(Browser browser) throws Exception {
        while (browser.page().contains("name=\"SAMLRequest\"") || browser.page().contains("name=\"SAMLResponse\"")) {
            browser.submit(Map.of());
        }
    }

    private String partner() {
        var mappers = new ArrayList<String>();
        for (var name : List.of("email", "firstName", "lastName")) {
            mappers.add("{\"name\":\"" + name
                    + "\",\"protocol\":\"saml\",\"protocolMapper\":\"saml-user-property-mapper\",\"config\":{"
                    + "\"user.attribute\":\"" + name + "\",\"attribute.name\":\"" + name + "\"}}");
        }
        mappers.add("{\"name\":\"groups\",\"protocol\":\"saml\",\"protocolMapper\":\"saml-group-membership-mapper\","
                + "\"config\":{\"attribute.name\":\"groups\",\"full.path\":\"false\",\"single\":\"true\"}}");
        return "{\"realm\":\"partner\",\"enabled\":true,\"groups\":[{\"name\":\"builders\"}],\"users\":[{"
                + "\"username\":\"piet\",\"enabled\":true,\"email\":\"piet@partner.test\",\"firstName\":\"Piet\","
                + "\"lastName\":\"Partner\",\"groups\":[\"/builders\"],\"credentials\":[{\"type\":\"password\","
                + "\"value\":\"" + PASSWORD + "\",\"temporary\":false}]}],\"clients\":[{\"clientId\":\""
                + keycloak.issuer() + "\",\"protocol\":\"saml\",\"enabled\":true,\"redirectUris\":[\""
                + keycloak.issuer() + "/broker/partner/endpoint\"],\"attributes\":{"
                + "\"saml.assertion.signature\":\"true\",\"saml.server.signature\":\"true\","
                + "\"saml.client.signature\":\"false\",\"saml.force.post.binding\":\"true\","
                + "\"saml.authnstatement\":\"true\",\"saml_name_id_format\":\"username\"},\"protocolMappers\":["
                + String.join(",", mappers) + "]}]}";
    }

    // In step

    @Test
    @Order(22)
    void who_is_provisioned_can_log_in_as_who_they_are_here_and_cannot_once_they_are_not_active() throws Exception {
        var made = platform.post(
                "/scim/v2/Users",
                "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"Nora@hr.test\","
                        + "\"displayName\":\"Nora van Noord\",\"active\":true}");
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        var id = made.body().path("id").asText();
        var there = await().atMost(Duration.ofSeconds(30))
                .until(() -> keycloakUser("nora@hr.test"), Optional::isPresent)
                .orElseThrow();
        assertThat(there.at("/attributes/fjord-id/0").asText()).isEqualTo(id);
        var group = platform.post(
                "/scim/v2/Groups",
                "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],\"displayName\":\"Pilots\","
                        + "\"members\":[{\"value\":\"" + id + "\"}]}");
        assertThat(group.status()).isEqualTo(201);
        var path = "/users/" + there.path("id").asText();
        soon(() -> assertThat(admin("GET", path + "/groups", null)
                        .path(0)
                        .path("path")
                        .asText())
                .isEqualTo("/pilots"));

        admin("PUT", path + "/reset-password", "{\"type\":\"password\",\"value\":\"" + PASSWORD + "\"}");
        var nora = provider.login("nora@hr.test", PASSWORD);
        assertThat(me(nora).path("actor").asText()).isEqualTo("user:" + id);
        assertThat(groups(nora)).containsExactly("group:pilots");

        assertThat(platform.call(
                                "PATCH",
                                "/scim/v2/Users/" + id,
                                "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":["
                                        + "{\"op\":\"replace\",\"path\":\"active\",\"value\":false}]}")
                        .status())
                .isEqualTo(200);
        soon(() -> assertThat(keycloakUser("nora@hr.test")
                        .orElseThrow()
                        .path("enabled")
                        .asBoolean())
                .isFalse());
        assertThatThrownBy(() -> provider.login("nora@hr.test", PASSWORD)).isInstanceOf(IdentityProvider.Refused.class);

        // Nothing of it came back: what somebody does later in Keycloak is heard, and nothing was before it.
        var path2 = "/users/" + make("\"username\":\"sentinel\",\"enabled\":true");
        soon(() -> assertThat(platform.get("/api/v1" + path2).status()).isEqualTo(200));
        assertThat(history("users/" + id)).containsExactly("UserRegistered", "UserSuspended");
        assertThat(history("groups/pilots")).containsExactly("GroupCreated", "MembersAdded");
        assertThat(administered(path))
                .containsExactlyInAnyOrder(
                        "CREATE", "CREATE GROUP_MEMBERSHIP", "ACTION reset-password", "UPDATE", "ACTION logout");

        // Who is forgotten here is not there any more either, and known to both by an id alone.
        assertThat(api("POST", "/api/v1/users/" + id + "/archive", null).status())
                .isEqualTo(200);
        assertThat(api("POST", "/api/v1/users/" + id + "/forget", "{\"confirm\":\"" + id + "\"}")
                        .body()
                        .path("userName")
                        .asText())
                .isEqualTo("(forgotten)");
        soon(() -> assertThat(keycloakUser("nora@hr.test")).isEmpty());
        assertThat(platform.get("/api/v1/users/" + id + "/history").body().toString())
                .contains(there.path("id").asText())
                .doesNotContainIgnoringCase("noord");
    }

    @Test
    @Order(23)
    void what_is_done_in_keycloak_is_followed_here_and_not_told_back() throws Exception {
        var id = make("\"username\":\"olaf\",\"enabled\":true,\"firstName\":\"Olaf\",\"lastName\":\"Old\"");
        var here = "/api/v1/users/" + id;
        soon(() -> assertThat(platform.get(here).body().path("displayName").asText())
                .isEqualTo("Olaf Old"));
        admin("POST", "/groups", "{\"name\":\"crew\"}");
        var crew = admin("GET", "/groups?search=crew&exact=true", null)
                .path(0)
                .path("id")
                .asText();
        admin("PUT", "/users/" + id + "/groups/" + crew, "{}");
        soon(() -> assertThat(platform.get("/api/v1/groups/crew")
                        .body()
                        .path("members")
                        .toString())
                .contains("user:" + id));

        change(id, user -> user.put("lastName", "New"));
        soon(() -> assertThat(platform.get(here).body().path("displayName").asText())
                .isEqualTo("Olaf New"));
        change(id, user -> user.put("enabled", false));
        soon(() -> assertThat(state(here)).isEqualTo("suspended"));
        change(id, user -> user.put("enabled", true));
        soon(() -> assertThat(state(here)).isEqualTo("active"));
        admin("DELETE", "/users/" + id + "/groups/" + crew, null);
        soon(() -> assertThat(platform.get("/api/v1/groups/crew").body().path("members"))
                .isEmpty());
        admin("DELETE", "/groups/" + crew, null);
        soon(() -> assertThat(platform.get("/api/v1/groups/crew").status()).isEqualTo(404));
        admin("DELETE", "/users/" + id, null);
        soon(() -> assertThat(state(here)).isEqualTo("archived"));

        assertThat(history("users/" + id))
                .containsExactly("UserRegistered", "UserChanged", "UserSuspended", "UserActivated", "UserArchived");
        assertThat(history("groups/crew"))
                .containsExactly("GroupCreated", "MembersAdded", "MembersRemoved", "GroupDeleted");
        // What is done here later is told there, and nothing was before it.
        assertThat(api("POST", "/api/v1/groups", "{\"name\":\"sentinels\"}").status())
                .isEqualTo(201);
        soon(() -> assertThat(admin("GET", "/groups?search=sentinels&exact=true", null))
                .hasSize(1));
        assertThat(administered("/users/" + id))
                .containsExactlyInAnyOrder(
                        "CREATE",
                        "CREATE GROUP_MEMBERSHIP",
                        "UPDATE",
                        "UPDATE",
                        "UPDATE",
                        "DELETE GROUP_MEMBERSHIP",
                        "DELETE");
    }

    // Both sides

    private Answer api(String method, String path, String body) {
        return platform.call(method, path, body, WAIT);
    }

    private JsonNode source(String name) {
        return platform.get("/api/v1/identity-sources/" + name).body();
    }

    private void applied(String name) {
        soon(() -> {
            var source = source(name);
            assertThat(source.path("state").asText()).as(source.toString()).isEqualTo("applied");
        });
    }

    private static void soon(ThrowingRunnable so) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(so);
    }

    private JsonNode me(SavedLogin login) {
        return platform.get("/api/v1/me", "Authorization", "Bearer " + login.accessToken())
                .body();
    }

    private List<String> groups(SavedLogin login) {
        return texts(me(login).path("groups"));
    }

    private static List<String> texts(JsonNode array) {
        List<String> all = new ArrayList<>();
        array.forEach(one -> all.add(one.asText()));
        return all;
    }

    private String state(String user) {
        return platform.get(user).body().path("state").asText();
    }

    private List<String> history(String of) {
        List<String> names = new ArrayList<>();
        platform.get("/api/v1/" + of + "/history")
                .body()
                .path("items")
                .forEach(event -> names.add(event.path("type").asText().split("\\.")[3]));
        return names;
    }

    /** What administrators did to the user, our own client among them. */
    private List<String> administered(String path) throws Exception {
        List<String> all = new ArrayList<>();
        admin("GET", "/admin-events?max=1000", null).forEach(event -> {
            var at = "/" + event.path("resourcePath").asText();
            var operation = event.path("operationType").asText();
            if (at.equals(path)) {
                all.add(operation);
            } else if (at.startsWith(path + "/")) {
                all.add(operation + " "
                        + (operation.equals("ACTION")
                                ? at.substring(at.lastIndexOf('/') + 1)
                                : event.path("resourceType").asText()));
            }
        });
        return all;
    }

    private Optional<JsonNode> keycloakUser(String name) throws Exception {
        return Optional.ofNullable(admin("GET", "/users?exact=true&username=" + encoded(name), null)
                .get(0));
    }

    private String make(String fields) throws Exception {
        admin("POST", "/users", "{" + fields + "}");
        var name = ApiClient.JSON.readTree("{" + fields + "}").path("username").asText();
        return keycloakUser(name).orElseThrow().path("id").asText();
    }

    private interface Change {
        void to(ObjectNode user);
    }

    private void change(String id, Change change) throws Exception {
        var user = (ObjectNode) admin("GET", "/users/" + id, null);
        change.to(user);
        admin("PUT", "/users/" + id, user.toString());
    }

    /** As Keycloak's own administrator, in its console; an empty path is about realms. */
    private JsonNode admin(String method, String path, String body) throws Exception {
        var base = keycloak.issuer().replaceAll("/realms/.*", "");
        var form = "grant_type=password&client_id=admin-cli&username=admin&password="
                + encoded(KeycloakServer.adminPassword(home));
        var token = send(HttpRequest.newBuilder(URI.create(base + "/realms/master/protocol/openid-connect/token"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form)))
                .path("access_token")
                .asText();
        return send(HttpRequest.newBuilder(URI.create(base + "/admin/realms" + (path.isEmpty() ? "" : "/fjord" + path)))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body)));
    }

    private JsonNode send(HttpRequest.Builder request) throws Exception {
        var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
        return ApiClient.JSON.readTree(answer.body().isEmpty() ? "null" : answer.body());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
