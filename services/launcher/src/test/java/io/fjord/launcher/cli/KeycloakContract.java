package io.fjord.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.fjord.codec.KafkaMessages;
import io.fjord.contract.Topics;
import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Home;
import io.fjord.embedded.KeycloakServer;
import io.fjord.embedded.Proc;
import io.fjord.embedded.ServerFailed;
import io.fjord.launcher.Platform;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.testing.TestServers;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The real Keycloak with the realm of Fjord, and the command line that logs in to it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class KeycloakContract {

    private static final long MEBIBYTE = 1024 * 1024;

    final Home home = TestServers.newHome("keycloak");
    KeycloakServer keycloak;
    IdentityProvider provider;
    Platform platform;
    private final HttpClient http = HttpClient.newHttpClient();

    abstract DatabaseServer newDatabase();

    @BeforeAll
    void start() {
        var database = newDatabase();
        var own = database.apart(KeycloakServer.NAME, KeycloakServer.EVENT_TABLES);
        database.start();
        keycloak = new KeycloakServer(home, TestServers.freePort(), own, 8080, 256, false);
        provider = new IdentityProvider(keycloak.issuer(), "fjord-cli");
        keycloak.platformSecret();
        // As it is started by `fjord up`: nobody waits for Keycloak.
        platform = Platform.start(
                database,
                "cdc,control-policies,iam,gateway",
                Map.of(
                        "FJORD_KEYCLOAK", keycloak.issuer().replaceAll("/realms/.*", ""),
                        "FJORD_KEYCLOAK_SECRET_FILE",
                                home.secretFile("keycloak-fjord-platform").toString(),
                        "FJORD_KEYCLOAK_DATABASE_CDC",
                                database.cdcAddress()
                                        .withDatabase(KeycloakServer.NAME)
                                        .url(),
                        "FJORD_OIDC_ISSUER", keycloak.issuer(),
                        "FJORD_OIDC_KEYS", keycloak.issuer() + "/protocol/openid-connect/certs"));
        keycloak.start();
    }

    @AfterAll
    void stop() throws Exception {
        keycloak.kill();
        if (platform != null) {
            platform.close();
        }
    }

    @Test
    @Order(1)
    void the_platform_is_itself_and_may_manage_people_but_not_the_clients() throws Exception {
        var answer = token(Map.of(
                "grant_type", "client_credentials",
                "client_id", "fjord-platform",
                "client_secret", keycloak.platformSecret()));

        var token = answer.path("access_token").asText();
        var claims = verified(token);
        assertThat(claims.getIssuer()).isEqualTo(keycloak.issuer());
        assertThat(claims.getAudience()).contains("fjord");
        assertThat(claims.getStringClaim("azp")).isEqualTo("fjord-platform");
        // By these it is known as service-account:fjord-platform.
        assertThat(claims.getStringClaim("client_id")).isEqualTo("fjord-platform");
        assertThat(claims.getStringClaim("preferred_username")).isEqualTo("service-account-fjord-platform");
        assertThat(admin("/users?username=ada&exact=true", token).body()).contains("ada@example.test");
        assertThat(admin("/clients", token).statusCode()).isEqualTo(403);
    }

    @Test
    @Order(2)
    void a_device_login_waits_for_the_browser_and_its_tokens_are_renewed() throws Exception {
        var device = provider.begin();
        assertThat(provider.poll(device)).isEmpty();

        new Browser()
                .open(device.address())
                .submit(Map.of("username", "emil", "password", KeycloakServer.password(home, "emil")))
                .submit(Map.of("accept", "Yes"));

        // Who asks again too early is told to slow down.
        var login = await().atMost(Duration.ofSeconds(60))
                .pollInterval(device.interval())
                .until(() -> provider.poll(device), Optional::isPresent)
                .orElseThrow();
        var claims = verified(login.accessToken());
        assertThat(login.user()).isEqualTo("emil");
        assertThat(claims.getSubject()).isEqualTo("emil");
        assertThat(claims.getAudience()).contains("fjord");
        assertThat(claims.getStringListClaim("groups")).containsExactly("/engineers");
        assertThat(claims.getJSONObjectClaim("realm_access").toString()).contains("data-engineer");

        runOut(login).write(home);
        var renewed = SavedLogin.token(home).orElseThrow();
        assertThat(renewed).isNotEqualTo(login.accessToken());
        assertThat(verified(renewed).getSubject()).isEqualTo("emil");
        assertThat(SavedLogin.token(home)).contains(renewed);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.secretFile("login.json"))))
                .isEqualTo("rw-------");
    }

    @Test
    @Order(3)
    void after_a_logout_nothing_is_renewed() throws Exception {
        var login = provider.login("anna", KeycloakServer.password(home, "anna"));
        assertThat(verified(login.accessToken()).getStringListClaim("groups")).containsExactly("/analysts");

        provider.logout(login.refreshToken());

        runOut(login).write(home);
        assertThatThrownBy(() -> SavedLogin.token(home))
                .isInstanceOf(ServerFailed.class)
                .hasMessageContaining("The login of anna has ended")
                .hasMessageContaining("fjord login");
    }

    @Test
    @Order(4)
    void a_wrong_password_is_refused_and_the_console_needs_pkce() throws Exception {
        assertThatThrownBy(() -> provider.login("ada", "not the password"))
                .isInstanceOf(IdentityProvider.Refused.class)
                .hasMessageContaining("Invalid user credentials");
        var withoutPkce = http.send(
                HttpRequest.newBuilder(URI.create(keycloak.issuer() + "/protocol/openid-connect/auth?response_type=code"
                                + "&client_id=fjord-console&redirect_uri="
                                + URLEncoder.encode("http://127.0.0.1:8080/", StandardCharsets.UTF_8)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(withoutPkce.headers().firstValue("Location").orElse("")).contains("code_challenge");
    }

    @Test
    @Order(5)
    void what_keycloak_wrote_down_of_all_that_is_observed() {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(observations())
                        .contains(
                                "LoggedIn user:emil",
                                "LoggedIn user:anna",
                                "LoggedOut user:anna",
                                "LoginFailed user:ada",
                                "ServiceLoggedIn"));
    }

    @Test
    @Order(6)
    void it_keeps_its_secrets_and_its_size() throws Exception {
        var pid = keycloak.pid().orElseThrow();
        var commandLine = Files.readString(java.nio.file.Path.of("/proc/" + pid + "/cmdline"));
        try (var secrets = Files.list(home.secrets())) {
            for (var secret :
                    secrets.filter(file -> !file.toString().contains("login")).toList()) {
                var text = Files.readString(secret).strip();
                assertThat(commandLine).doesNotContain(text);
                assertThat(Files.readString(keycloak.log())).doesNotContain(text);
            }
        }
        assertThat(Proc.memory(pid) / MEBIBYTE).isLessThan(440);
    }

    @Test
    @Order(100)
    void without_keycloak_a_valid_login_goes_on_and_a_new_one_says_why_not() throws Exception {
        var login = provider.login("ada", KeycloakServer.password(home, "ada"));
        login.write(home);

        keycloak.stop();

        assertThat(SavedLogin.token(home)).contains(login.accessToken());
        assertThatThrownBy(() -> new IdentityProvider(keycloak.issuer(), "fjord-cli").begin())
                .isInstanceOf(ServerFailed.class)
                .hasMessageContaining("cannot be reached")
                .hasMessageContaining("fjord logs keycloak");
    }

    /** What each says, and of people: who. */
    private List<String> observations() {
        try (var consumer = new KafkaConsumer<>(
                new KafkaConfig(platform.kafka()).consumer(), new StringDeserializer(), new ByteArrayDeserializer())) {
            var partitions = consumer.partitionsFor(Topics.observations("iam")).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var ends = consumer.endOffsets(partitions);
            List<String> all = new ArrayList<>();
            while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    var seen = KafkaMessages.event(record);
                    var name = seen.type().split("\\.")[3];
                    all.add(name.startsWith("Service") ? name : name + " " + seen.actor());
                });
            }
            return all;
        }
    }

    private static SavedLogin runOut(SavedLogin login) {
        return new SavedLogin(
                login.issuer(),
                login.clientId(),
                login.user(),
                login.accessToken(),
                login.refreshToken(),
                Instant.now());
    }

    /** Its claims, once its signature has been checked against the published keys. */
    JWTClaimsSet verified(String token) throws Exception {
        var jwt = SignedJWT.parse(token);
        var keys = JWKSet.parse(
                get(keycloak.issuer() + "/protocol/openid-connect/certs", "").body());
        var key = keys.getKeyByKeyId(jwt.getHeader().getKeyID());
        assertThat(jwt.verify(new RSASSAVerifier(key.toRSAKey()))).isTrue();
        return jwt.getJWTClaimsSet();
    }

    private JsonNode token(Map<String, String> form) throws Exception {
        var body = form.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        var answer = http.send(
                HttpRequest.newBuilder(URI.create(keycloak.issuer() + "/protocol/openid-connect/token"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return ApiClient.JSON.readTree(answer.body());
    }

    private HttpResponse<String> admin(String path, String token) throws Exception {
        return get(keycloak.issuer().replace("/realms/", "/admin/realms/") + path, token);
    }

    private HttpResponse<String> get(String address, String token) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(address))
                        .header("Authorization", "Bearer " + token)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
