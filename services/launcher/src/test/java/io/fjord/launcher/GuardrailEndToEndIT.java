package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.embedded.Durability;
import io.fjord.launcher.Platform.Answer;
import io.fjord.testing.TestServers;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A guardrail over the relay into the command handler of another service. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuardrailEndToEndIT {

    private static final String[] WAIT = {"Prefer", "wait=30"};

    private Platform platform;

    @BeforeAll
    void start() {
        platform = Platform.start(
                TestServers.newMariadb(TestServers.newHome("mariadb"), Durability.NONE),
                "cdc,control-policies,iam,core,gateway");
    }

    @AfterAll
    void stop() throws Exception {
        platform.close();
    }

    @Test
    void it_is_told_first_and_refuses_once_it_is_enforced() {
        assertThat(call(
                                "POST",
                                "/api/v1/guardrails?domain=platform",
                                "{\"name\":\"named\",\"commandTypes\":[\"fjord.iam.role.CreateRole\"],"
                                        + "\"expression\":\"resource.name.startsWith('team-')\","
                                        + "\"message\":\"Roles are called team-something.\"}")
                        .status())
                .isEqualTo(201);
        assertThat(role("engineer").status()).isEqualTo(201);

        assertThat(platform.get("/api/v1/guardrails/named/report?domain=platform")
                        .body()
                        .path("refused")
                        .asLong())
                .isEqualTo(1);
        assertThat(call("PUT", "/api/v1/guardrails/named/mode?domain=platform", "{\"mode\":\"ENFORCE\"}")
                        .status())
                .isEqualTo(200);

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            Answer refused = role("analyst-" + System.nanoTime());
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body().path("type").asText()).isEqualTo("/problems/guardrail-violated");
            assertThat(refused.body().path("detail").asText()).contains("Roles are called team-something.");
        });
        assertThat(role("team-data").status()).isEqualTo(201);

        assertThat(call("DELETE", "/api/v1/guardrails/named?domain=platform", null)
                        .status())
                .isEqualTo(204);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> role("analyst-" + System.nanoTime()).status() == 201);
    }

    private Answer role(String name) {
        return call("POST", "/api/v1/roles", "{\"name\":\"" + name + "\",\"actions\":[\"cluster:read\"]}");
    }

    private Answer call(String method, String path, String body) {
        return platform.call(method, path, body, WAIT);
    }
}
