package io.fjord.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.contract.Origin;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Entries in the classes of OCSF they belong to, with all that those classes require. */
class OcsfTest {

    /** The attributes that are required in each class, of https://schema.ocsf.io/1.3.0. */
    private static final Map<Integer, List<String>> REQUIRED = Map.of(
            3002, List.of("user", "service"),
            3004, List.of("entity"),
            6003, List.of("actor", "api", "src_endpoint"));

    private static final List<String> ALWAYS =
            List.of("activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid");

    static Entry entry(String kind, String type, String subject, String outcome) {
        return new Entry(
                        17,
                        kind,
                        "core",
                        type,
                        subject,
                        "default",
                        "user:anna",
                        Instant.parse("2026-11-22T01:02:03.456789Z"),
                        "c-1",
                        null,
                        "id-1",
                        outcome,
                        null,
                        null,
                        "{\"size\":\"S\"}")
                .from(new Origin("192.0.2.7", null, null));
    }

    private static JsonNode event(Entry entry) {
        JsonNode event = Json.read(Json.text(Ocsf.of(entry)), ObjectNode.class);
        assertThat(event.fieldNames()).toIterable().containsAll(ALWAYS);
        int type = event.path("class_uid").asInt();
        assertThat(event.fieldNames()).toIterable().containsAll(REQUIRED.get(type));
        assertThat(event.path("type_uid").asLong())
                .isEqualTo(type * 100L + event.path("activity_id").asInt());
        assertThat(event.path("category_uid").asInt()).isEqualTo(type / 1000);
        assertThat(event.at("/metadata/product/vendor_name").asText()).isEqualTo("Fjord");
        assertThat(event.at("/metadata/version").asText()).isEqualTo("1.3.0");
        assertThat(event.path("time").asLong()).isEqualTo(1_795_309_323_456L);
        assertThat(event.at("/unmapped/entry/data/size").asText()).isEqualTo("S");
        return event;
    }

    @Test
    void a_command_is_a_call_of_the_api() {
        JsonNode attempt =
                event(entry("attempt", "fjord.core.cluster.CreateCluster.v1", "default/cluster/etl", "rejected"));

        assertThat(attempt.path("class_uid").asInt()).isEqualTo(6003);
        assertThat(attempt.path("activity_id").asInt()).isEqualTo(1);
        assertThat(attempt.path("status_id").asInt()).isEqualTo(2);
        assertThat(attempt.at("/src_endpoint/ip").asText()).isEqualTo("192.0.2.7");
        assertThat(attempt.at("/api/operation").asText()).isEqualTo("fjord.core.cluster.CreateCluster.v1");
        assertThat(attempt.at("/resources/0/type").asText()).isEqualTo("cluster");
        assertThat(event(entry("attempt", "x", "no address", null))
                        .path("status_id")
                        .asInt())
                .isZero();
    }

    @Test
    void what_is_done_to_people_is_entity_management() {
        JsonNode removed = event(entry("event", "fjord.iam.user.UserDeleted.v1", "platform/user/anna", null));

        assertThat(removed.path("class_uid").asInt()).isEqualTo(3004);
        assertThat(removed.path("activity_id").asInt()).isEqualTo(4);
        assertThat(removed.at("/entity/name").asText()).isEqualTo("anna");
    }

    @Test
    void logins_are_authentication() {
        JsonNode in = event(entry("observation", "fjord.iam.keycloak.LoggedIn.v1", "platform/user/anna", null));
        JsonNode failed = event(entry("observation", "fjord.iam.keycloak.LoginFailed.v1", "platform/user/anna", null));

        assertThat(in.path("type_uid").asInt()).isEqualTo(300201);
        assertThat(in.path("status_id").asInt()).isEqualTo(1);
        assertThat(failed.path("status_id").asInt()).isEqualTo(2);
        assertThat(failed.at("/user/uid").asText()).isEqualTo("user:anna");
    }
}
