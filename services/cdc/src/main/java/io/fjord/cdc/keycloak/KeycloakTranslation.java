package io.fjord.cdc.keycloak;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.cdc.capture.CapturedRow;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What Keycloak wrote down, in our words: who logged in, who failed to, who left, what an administrator did. */
final class KeycloakTranslation {

    /** The whole platform's, not of one domain. */
    private static final String DOMAIN = "platform";

    /** Says what it saw where nobody is known to have done it. */
    private static final String ITSELF = "service:keycloak";

    /** Steps on the way to a login, and what programs do with tokens all the time. */
    private static final Set<String> STEPS = Set.of(
            "CODE_TO_TOKEN",
            "REFRESH_TOKEN",
            "INTROSPECT_TOKEN",
            "USER_INFO_REQUEST",
            "VALIDATE_ACCESS_TOKEN",
            "PERMISSION_TOKEN",
            "TOKEN_EXCHANGE",
            "OAUTH2_DEVICE_AUTH",
            "OAUTH2_DEVICE_VERIFY_USER_CODE",
            "OAUTH2_DEVICE_CODE_TO_TOKEN",
            // It says only that nobody has confirmed yet.
            "OAUTH2_DEVICE_CODE_TO_TOKEN_ERROR",
            "PUSHED_AUTHORIZATION_REQUEST");

    private KeycloakTranslation() {}

    /**
     * The observation a row makes; empty for what is not worth one.
     *
     * @param sequence the row's place on its topic
     */
    static Optional<EventEnvelope<byte[]>> of(CapturedRow row, long sequence) {
        return switch (row.table()) {
            case "event_entity" -> login(row, sequence);
            case "admin_event_entity" -> Optional.of(administration(row, sequence));
            default -> Optional.empty();
        };
    }

    private static Optional<EventEnvelope<byte[]>> login(CapturedRow captured, long sequence) {
        JsonNode row = captured.row();
        String type = row.path("type").asText();
        if (STEPS.contains(type)) {
            return Optional.empty();
        }
        JsonNode details = details(row);
        String user = text(row, "user_id");
        ObjectNode data = Json.MAPPER.createObjectNode().put("event", type);
        put(data, "realm", text(row, "realm_id"));
        put(data, "client", text(row, "client_id"));
        put(data, "user", user);
        put(data, "username", text(details, "username"));
        put(data, "address", text(row, "ip_address"));
        put(data, "session", text(row, "session_id"));
        put(data, "identityProvider", text(details, "identity_provider"));
        put(data, "error", text(row, "error"));
        return Optional.of(observation(
                captured,
                sequence,
                name(type),
                user == null ? realm(row) : new Address(DOMAIN, "user", user),
                user == null ? ITSELF : "user:" + user,
                data));
    }

    private static String name(String type) {
        return switch (type) {
            case "LOGIN" -> "LoggedIn";
            case "LOGIN_ERROR", "IDENTITY_PROVIDER_LOGIN_ERROR", "CLIENT_LOGIN_ERROR" -> "LoginFailed";
            case "CLIENT_LOGIN" -> "ServiceLoggedIn";
            case "LOGOUT" -> "LoggedOut";
            default -> type.endsWith("_ERROR") ? "AccountActionFailed" : "AccountActionDone";
        };
    }

    private static EventEnvelope<byte[]> administration(CapturedRow captured, long sequence) {
        JsonNode row = captured.row();
        String path = Optional.ofNullable(text(row, "resource_path")).orElse("");
        List<String> parts = List.of(path.split("/"));
        String actor = text(row, "auth_user_id");
        ObjectNode data = Json.MAPPER.createObjectNode();
        put(data, "operation", text(row, "operation_type"));
        put(data, "resourceType", text(row, "resource_type"));
        put(data, "resourcePath", path);
        put(data, "realm", text(row, "realm_id"));
        put(data, "actorRealm", text(row, "auth_realm_id"));
        put(data, "client", text(row, "auth_client_id"));
        put(data, "address", text(row, "ip_address"));
        put(data, "error", text(row, "error"));
        boolean ofUser = parts.size() > 1 && parts.get(0).equals("users");
        return observation(
                captured,
                sequence,
                row.hasNonNull("error") ? "AdministrationFailed" : "AdministrationDone",
                ofUser ? new Address(DOMAIN, "user", parts.get(1)) : realm(row),
                actor == null ? ITSELF : "user:" + actor,
                data);
    }

    private static EventEnvelope<byte[]> observation(
            CapturedRow row, long sequence, String name, Address subject, String actor, ObjectNode data) {
        return new EventEnvelope<>(
                row.id(),
                "fjord.iam.keycloak." + name + ".v1",
                "iam",
                Instant.ofEpochMilli(row.time()),
                subject,
                new Position(1, sequence),
                null,
                actor,
                row.id(),
                null,
                null,
                null,
                null,
                null,
                bytes(data));
    }

    private static Address realm(JsonNode row) {
        return new Address(
                DOMAIN, "realm", Optional.ofNullable(text(row, "realm_id")).orElse("unknown"));
    }

    /** Long ones stand in a column of their own. */
    private static JsonNode details(JsonNode row) {
        String json = Optional.ofNullable(text(row, "details_json_long_value"))
                .orElseGet(() -> row.path("details_json").asText("{}"));
        try {
            return Json.MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            // Cut off by Keycloak; without them the rest still tells.
            return MissingNode.getInstance();
        }
    }

    private static @Nullable String text(JsonNode of, String field) {
        String text = of.path(field).asText("");
        return text.isEmpty() || text.equals("null") ? null : text;
    }

    private static void put(ObjectNode data, String field, @Nullable String value) {
        if (value != null) {
            data.put(field, value);
        }
    }

    private static byte[] bytes(ObjectNode data) {
        try {
            return Json.MAPPER.writeValueAsBytes(data);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("An object of texts is JSON", e);
        }
    }
}
