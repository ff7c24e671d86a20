package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.embedded.Checkout;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Records, JSON Schemas and approved samples of all messages say the same, and what old consumers read stays.
 *
 * <p>{@code schemas/events/fields.txt} lists every field ever published: lines are added with a new field and never taken
 * out, so a change that old consumers could not read fails here.
 */
class MessagesTest {

    private static final MessageTypes TYPES = ControlPlane.messageTypes();
    private static final Path FOLDER = Checkout.root().resolve("schemas/events");

    @TestFactory
    Stream<DynamicTest> schema_sample_and_record_agree() {
        return TYPES.types().stream().map(type -> DynamicTest.dynamicTest(type, () -> agree(type)));
    }

    private static void agree(String type) throws IOException {
        String schemaText = Files.readString(FOLDER.resolve(type + ".json"));
        String sample = Files.readString(FOLDER.resolve("samples/" + type + ".json"));
        JsonNode schema = Json.MAPPER.readTree(schemaText);

        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(schemaText, InputFormat.JSON)
                        .validate(sample, InputFormat.JSON))
                .as("faults of the sample")
                .isEmpty();

        Object message = TYPES.read(type, sample.getBytes(StandardCharsets.UTF_8));
        assertThat(Json.MAPPER.readTree(Json.bytes(message)))
                .as("the sample, read and written again")
                .isEqualTo(Json.MAPPER.readTree(sample));

        Set<String> properties = new TreeSet<>();
        schema.path("properties").fieldNames().forEachRemaining(properties::add);
        Set<String> required = new TreeSet<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        RecordComponent[] components = message.getClass().getRecordComponents();
        assertThat(properties)
                .as("properties")
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(components).map(RecordComponent::getName).toList());
        assertThat(required)
                .as("required: what is not @Nullable")
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(components)
                        .filter(c -> !c.getAnnotatedType().isAnnotationPresent(Nullable.class))
                        .map(RecordComponent::getName)
                        .toList());
    }

    @Test
    void there_is_no_schema_without_a_message() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            assertThat(files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".json")))
                    .containsExactlyInAnyOrderElementsOf(
                            TYPES.types().stream().map(t -> t + ".json").toList());
        }
    }

    @Test
    void what_old_consumers_read_is_still_there() throws IOException {
        List<String> now = new ArrayList<>();
        for (String type : TYPES.types()) {
            JsonNode schema =
                    Json.MAPPER.readTree(FOLDER.resolve(type + ".json").toFile());
            fields(type, schema, "", now);
        }
        Collections.sort(now);
        Path approved = FOLDER.resolve("fields.txt");
        if (Boolean.getBoolean("fjord.approve")) {
            Files.write(approved, now);
        }
        List<String> before = Files.readAllLines(approved);
        assertThat(now).as("fields that were published before").containsAll(before);
        assertThat(before)
                .as("new fields: add these lines to schemas/events/fields.txt (or run with -Dfjord.approve=true)")
                .containsAll(now);
    }

    private static void fields(String type, JsonNode schema, String path, List<String> lines) {
        Set<String> required = new TreeSet<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        schema.path("properties").properties().forEach(property -> {
            String at = path + "/" + property.getKey();
            lines.add(type + " " + at + " "
                    + property.getValue().path("type").toString().replace("\"", "")
                    + (required.contains(property.getKey()) ? " required" : ""));
            fields(type, property.getValue(), at, lines);
            if (property.getValue().has("items")) {
                fields(type, property.getValue().path("items"), at + "[]", lines);
            }
        });
    }
}
