package io.fjord.ingest.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainJsonSchemaTest {

    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final List<String> TYPES =
            List.of("object", "array", "string", "number", "integer", "boolean", "null");

    @Test
    void what_it_is_sure_of_the_whole_validator_takes_too() throws Exception {
        Random random = new Random(1);
        int sure = 0;
        int unsure = 0;
        for (int i = 0; i < 400; i++) {
            JsonNode schema = schema(random, 3);
            PlainJsonSchema plain = PlainJsonSchema.of(schema);
            assertThat(plain).as(schema.toString()).isNotNull();
            JsonSchemaDefinition whole = JsonSchemaDefinition.read(schema.toString());
            for (int j = 0; j < 30; j++) {
                JsonNode data = data(random, 3);
                boolean grows = random.nextBoolean();
                boolean fits = plain.fits(data, grows);
                boolean valid = whole.allFaults(data, grows).isEmpty();
                if (fits) {
                    sure++;
                    assertThat(valid).as(schema + " and " + data).isTrue();
                } else if (valid) {
                    unsure++;
                }
            }
        }
        assertThat(sure).isGreaterThan(1_000);
        assertThat(unsure).as("left to the whole validator without need").isLessThan(sure / 10);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"$ref\":\"#\"}",
                "{\"properties\":{\"a\":{\"pattern\":\"x\"}}}",
                "{\"allOf\":[{}]}",
                "{\"type\":\"string\",\"format\":\"date\"}",
                "{\"patternProperties\":{}}",
                "{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}"
            })
    void other_words_are_not_for_it(String schema) throws Exception {
        assertThat(PlainJsonSchema.of(Json.MAPPER.readTree(schema))).isNull();
    }

    private static ObjectNode schema(Random random, int depth) {
        ObjectNode schema = Json.MAPPER.createObjectNode();
        if (random.nextInt(3) > 0) {
            if (random.nextInt(4) == 0) {
                schema.putArray("type").add("null").add("array").add("object");
            } else {
                schema.put("type", type(random));
            }
        }
        if (depth > 0 && random.nextBoolean()) {
            ObjectNode properties = schema.putObject("properties");
            NAMES.stream()
                    .filter(name -> random.nextBoolean())
                    .forEach(name -> properties.set(name, schema(random, depth - 1)));
        }
        if (depth > 0 && random.nextInt(4) == 0) {
            if (random.nextBoolean()) {
                schema.put("additionalProperties", random.nextBoolean());
            } else {
                schema.set("additionalProperties", schema(random, depth - 1));
            }
        }
        if (depth > 0 && random.nextInt(3) == 0) {
            schema.set("items", schema(random, depth - 1));
        }
        if (random.nextInt(6) == 0) {
            schema.putArray("required").add(NAMES.get(random.nextInt(NAMES.size())));
        }
        if (random.nextInt(6) == 0) {
            schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", random.nextInt(3) - 1);
        }
        if (random.nextInt(6) == 0) {
            schema.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", random.nextInt(3));
        }
        if (random.nextInt(6) == 0) {
            schema.put(random.nextBoolean() ? "minLength" : "maxLength", random.nextInt(3));
        }
        if (random.nextInt(6) == 0) {
            schema.put(random.nextBoolean() ? "minItems" : "maxItems", random.nextInt(3));
        }
        if (random.nextInt(12) == 0) {
            ArrayNode all = schema.putArray("enum");
            all.add(data(random, 1)).add("x").add(1);
        }
        if (random.nextInt(20) == 0) {
            schema.set("const", data(random, 1));
        }
        return schema.put("title", "any");
    }

    private static String type(Random random) {
        return TYPES.get(random.nextInt(TYPES.size()));
    }

    private static JsonNode data(Random random, int depth) {
        switch (random.nextInt(depth == 0 ? 5 : 9)) {
            case 0:
                return Json.MAPPER.getNodeFactory().numberNode(random.nextInt(4) - 1);
            case 1:
                return Json.MAPPER
                        .getNodeFactory()
                        .numberNode(new java.math.BigDecimal(random.nextInt(30)).movePointLeft(1));
            case 2:
                return Json.MAPPER
                        .getNodeFactory()
                        .textNode(List.of("", "x", "😀", "xy", "😀x").get(random.nextInt(5)));
            case 3:
                return Json.MAPPER.getNodeFactory().booleanNode(random.nextBoolean());
            case 4:
                return Json.MAPPER.getNodeFactory().nullNode();
            case 5:
                ArrayNode array = Json.MAPPER.createArrayNode();
                for (int i = random.nextInt(3); i > 0; i--) {
                    array.add(data(random, depth - 1));
                }
                return array;
            default:
                ObjectNode object = Json.MAPPER.createObjectNode();
                NAMES.stream()
                        .filter(name -> random.nextBoolean())
                        .forEach(name -> object.set(name, data(random, depth - 1)));
                return object;
        }
    }
}
