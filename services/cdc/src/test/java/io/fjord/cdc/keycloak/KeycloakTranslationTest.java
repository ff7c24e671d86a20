package io.fjord.cdc.keycloak;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.cdc.capture.CapturedRow;
import io.fjord.contract.EventEnvelope;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeycloakTranslationTest {

    @ParameterizedTest
    @CsvSource({
        "LOGIN, LoggedIn",
        "LOGIN_ERROR, LoginFailed",
        "CLIENT_LOGIN, ServiceLoggedIn",
        "CLIENT_LOGIN_ERROR, LoginFailed",
        "LOGOUT, LoggedOut",
        "UPDATE_PASSWORD, AccountActionDone",
        "UPDATE_PASSWORD_ERROR, AccountActionFailed",
    })
    void each_has_a_name_of_ours(String type, String name) {
        var seen = login("{\"id\":\"1\",\"type\":\"" + type + "\",\"user_id\":\"ada\",\"realm_id\":\"fjord\"}");

        assertThat(seen.type()).isEqualTo("fjord.iam.keycloak." + name + ".v1");
        assertThat(seen.actor()).isEqualTo("user:ada");
        assertThat(seen.subject()).hasToString("platform/user/ada");
        assertThat(seen.time()).isEqualTo(Instant.ofEpochMilli(1_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"REFRESH_TOKEN", "CODE_TO_TOKEN", "OAUTH2_DEVICE_CODE_TO_TOKEN_ERROR"})
    void steps_are_not_told(String type) {
        assertThat(KeycloakTranslation.of(row("event_entity", "{\"type\":\"" + type + "\"}"), 1))
                .isEmpty();
    }

    @Test
    void of_nobody_keycloak_itself_tells() {
        var seen = login(
                "{\"id\":\"1\",\"type\":\"LOGIN_ERROR\",\"user_id\":\"null\",\"realm_id\":\"fjord\","
                        + "\"error\":\"user_not_found\",\"details_json\":\"{\\\"username\\\":\\\"mallory\\\",\\\"code_id\\\":\\\"c\\\"}\"}");

        assertThat(seen.actor()).isEqualTo("service:keycloak");
        assertThat(seen.subject()).hasToString("platform/realm/fjord");
        assertThat(text(seen)).contains("mallory", "user_not_found").doesNotContain("code_id");
    }

    @Test
    void details_that_were_cut_off_stop_nothing() {
        assertThat(text(login("{\"type\":\"LOGIN\",\"user_id\":\"ada\",\"details_json\":\"{\\\"usern\"}")))
                .contains("LOGIN");
    }

    @Test
    void an_administrator_is_the_actor_and_the_user_the_subject() {
        var seen = KeycloakTranslation.of(
                        row(
                                "admin_event_entity",
                                "{\"operation_type\":\"UPDATE\",\"resource_type\":\"USER\",\"resource_path\":\"users/anna/reset-password\","
                                        + "\"auth_user_id\":\"ada\",\"realm_id\":\"fjord\"}"),
                        7)
                .orElseThrow();

        assertThat(seen.type()).isEqualTo("fjord.iam.keycloak.AdministrationDone.v1");
        assertThat(seen.actor()).isEqualTo("user:ada");
        assertThat(seen.subject()).hasToString("platform/user/anna");
        assertThat(seen.position()).hasToString("1:7");
    }

    private static EventEnvelope<byte[]> login(String row) {
        return KeycloakTranslation.of(row("event_entity", row), 1).orElseThrow();
    }

    private static CapturedRow row(String table, String row) {
        return CapturedRow.parse(("{\"table\":\"" + table + "\",\"id\":\"1\",\"time\":1000,\"row\":" + row + "}")
                .getBytes(StandardCharsets.UTF_8));
    }

    private static String text(EventEnvelope<byte[]> seen) {
        return new String(seen.data(), StandardCharsets.UTF_8);
    }
}
