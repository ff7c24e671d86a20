package io.fjord.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.fjord.codec.Json;
import io.fjord.embedded.Checkout;
import io.fjord.testing.Python;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What is said in OCSF is valid by the schema OCSF publishes, for every message of the platform. */
@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "fetches OCSF's schema from PyPI: ./fjord test --all")
class OcsfSchemaIT {

    private static final String[] CLASSES = {"3002[]", "3004[host]", "6003[]"};
    private static final Path HERE = Path.of("target", "ocsf");

    /** Prints the schema of each class with the profiles its events name, and all it refers to. */
    private static final String SCHEMAS = """
            import json
            from ocsf_json_schema import get_ocsf_schema, OcsfJsonSchemaEmbedded
            ocsf = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.3.0"))
            print(json.dumps({
                "3002[]": ocsf.get_class_schema("authentication"),
                "3004[host]": ocsf.get_class_schema("entity_management", ["host"]),
                "6003[]": ocsf.get_class_schema("api_activity"),
            }))
            """;

    @Test
    void every_message_is_valid() throws Exception {
        Python python = Python.with(HERE, List.of("ocsf-json-schema==1.2.0"));
        Python.Run run = python.run(HERE, Map.of(), "python", List.of("-c", SCHEMAS));
        assertThat(run.exit()).as(run.output()).isZero();
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        Map<String, Schema> schemas = new HashMap<>();
        Json.MAPPER
                .readTree(run.output())
                .fields()
                .forEachRemaining(one -> schemas.put(
                        one.getKey(), registry.getSchema(one.getValue().toString(), InputFormat.JSON)));
        assertThat(schemas).containsOnlyKeys(CLASSES);
        assertThat(schemas.get("3002[]").validate("{}", InputFormat.JSON))
                .as("the schema refuses what is no event")
                .isNotEmpty();

        Map<String, Integer> checked = new HashMap<>();
        for (String message : types()) {
            for (Entry entry : entriesOf(message)) {
                String event = Json.text(Ocsf.of(entry));
                JsonNode read = Json.MAPPER.readTree(event);
                String type = read.path("class_uid").asText() + profiles(read);
                assertThat(schemas).as(event).containsKey(type);
                assertThat(schemas.get(type).validate(event, InputFormat.JSON))
                        .as(event)
                        .isEmpty();
                checked.merge(type, 1, Integer::sum);
            }
        }
        assertThat(checked).containsOnlyKeys(CLASSES);
    }

    private static List<String> profiles(JsonNode event) {
        List<String> profiles = new ArrayList<>();
        event.at("/metadata/profiles").forEach(one -> profiles.add(one.asText()));
        return profiles;
    }

    /** Of all messages there are, as each has a sample; and what is observed of logins. */
    private static List<String> types() throws IOException {
        try (Stream<Path> samples = Files.list(Checkout.root().resolve("schemas/events/samples"))) {
            return Stream.concat(
                            samples.map(file -> file.getFileName().toString().replaceFirst("\\.json$", "")),
                            Stream.of("LoggedIn", "LoginFailed", "LoggedOut")
                                    .map(name -> "fjord.iam.keycloak." + name + ".v1"))
                    .sorted()
                    .toList();
        }
    }

    private static List<Entry> entriesOf(String type) {
        String kind = type.split("\\.")[2];
        return List.of(
                OcsfTest.entry("attempt", type, "default/" + kind + "/one", "rejected"),
                OcsfTest.entry("attempt", type, "default/" + kind + "/one", null),
                OcsfTest.entry("event", type, "platform/" + kind + "/one", null),
                OcsfTest.entry("observation", type, "of something else", null));
    }
}
