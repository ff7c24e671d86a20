package io.fjord.ingest.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.ingest.schema.Compatibility;
import io.fjord.contract.ingest.schema.SchemaFormat;
import io.fjord.ingest.schema.EventSchema.Version;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompatibilitiesTest {

    private static boolean reads(SchemaFormat format, String reader, String writer) {
        return Definition.read(format, reader)
                .whyNotReading(Definition.read(format, writer))
                .isEmpty();
    }

    /** Old, new, whether new reads old, whether old reads new. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"type":"string"} | {"type":"string"} | true | true
                    {"type":"string"} | {"type":["string","null"]} | true | false
                    {"type":"integer"} | {"type":"number"} | true | false
                    {"type":"string"} | {"type":"integer"} | false | false
                    {"type":"string"} | {} | true | false
                    {"type":"string"} | true | true | false
                    {"enum":["a"]} | {"enum":["a","b"]} | true | false
                    {"const":1} | {"type":"integer"} | true | false
                    {"const":1.5} | {"type":"integer"} | false | false
                    {"const":5} | {"type":"integer","minimum":5} | true | false
                    {"type":"integer","minimum":5} | {"type":"integer","minimum":0} | true | false
                    {"type":"integer","exclusiveMinimum":0} | {"type":"integer","minimum":0} | true | false
                    {"type":"integer","maximum":5} | {"type":"integer","exclusiveMaximum":5} | false | true
                    {"type":"string","maxLength":5} | {"type":"string","maxLength":9} | true | false
                    {"type":"string","minLength":5} | {"type":"string","minLength":1} | true | false
                    {"type":"string","pattern":"a"} | {"type":"string","pattern":"a"} | true | true
                    {"type":"string","pattern":"a"} | {"type":"string","pattern":"b"} | false | false
                    {"type":"string","pattern":"a"} | {"type":"string"} | true | false
                    {"type":"string","format":"date"} | {"type":"string"} | true | true
                    {"type":"array","items":{"type":"integer"}} | {"type":"array","items":{"type":"number"}} | true | false
                    {"type":"array"} | {"type":"array","items":{"type":"number"}} | false | true
                    {"type":"array","maxItems":3} | {"type":"array"} | true | false
                    {"type":"object","properties":{"a":{"type":"string"}}} | {"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}} | true | true
                    {"type":"object","properties":{"a":{"type":"string"}},"required":["a"]} | {"type":"object","properties":{"a":{"type":"string"}}} | true | false
                    {"type":"object","properties":{"a":{"type":"string"}}} | {"type":"object","properties":{"a":{"type":"integer"}}} | false | false
                    {"type":"object","properties":{"a":{"type":"string"}}} | {"type":"object","properties":{},"additionalProperties":false} | false | true
                    {"type":"object","properties":{},"additionalProperties":true} | {"type":"object","properties":{"b":{"type":"string"}}} | false | true
                    {"type":"object"} | {"type":"object","properties":{"b":{"type":"string"}}} | false | true
                    {"type":"object","additionalProperties":{"type":"integer"}} | {"type":"object","additionalProperties":{"type":"number"}} | true | false
                    {"$ref":"#/$defs/x","$defs":{"x":{"type":"integer"}}} | {"type":"number"} | true | false
                    {"type":"object","properties":{"n":{"$ref":"#"}}} | {"type":"object","properties":{"n":{"$ref":"#"},"m":{"type":"null"}}} | true | true
                    {"anyOf":[{"type":"string"},{"type":"integer"}]} | {"type":["string","number"]} | true | false
                    {"type":"string"} | {"anyOf":[{"type":"string"},{"type":"integer"}]} | true | false
                    {"type":"string"} | {"oneOf":[{"type":"string"},{"type":"integer"}]} | true | false
                    {"type":"string"} | {"oneOf":[{"type":"string"},{"type":"string","maxLength":3}]} | false | true
                    {"allOf":[{"type":"integer"},{"minimum":3}]} | {"type":"number"} | true | false
                    {"type":"integer"} | {"allOf":[{"type":"integer"},{"minimum":3}]} | false | true
                    {"type":"integer"} | {"if":{"minimum":3},"then":{"maximum":9}} | false | false
                    {"type":"integer","not":{"const":3}} | {"type":"integer","not":{"const":3}} | true | true
                    {"type":"integer"} | {"type":"integer","not":{"const":3}} | false | true
                    {"type":"integer","multipleOf":2} | {"type":"integer"} | true | false
                    """)
    void json_schemas(String before, String after, boolean backward, boolean forward) {
        String old = object(before);
        String young = object(after);
        assertThat(reads(SchemaFormat.JSON_SCHEMA, young, old))
                .as("new reads old")
                .isEqualTo(backward);
        assertThat(reads(SchemaFormat.JSON_SCHEMA, old, young))
                .as("old reads new")
                .isEqualTo(forward);
    }

    /** As the field of an event, but for what refers to its own beginning. */
    private static String object(String schema) {
        return schema.equals("true") ? "{\"anyOf\":[true]}" : schema;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"name":"a","type":"int"} | {"name":"a","type":"long"} | true | false
                    {"name":"a","type":"string"} | {"name":"a","type":"int"} | false | false
                    {"name":"a","type":"string"} | {"name":"a","type":["null","string"]} | true | false
                    {"name":"a","type":"string"} | {"name":"a","type":"string"},{"name":"b","type":"int","default":0} | true | true
                    {"name":"a","type":"string"} | {"name":"a","type":"string"},{"name":"b","type":"int"} | false | true
                    """)
    void avro(String before, String after, boolean backward, boolean forward) {
        String record = "{\"type\":\"record\",\"name\":\"E\",\"fields\":[%s]}";
        assertThat(reads(SchemaFormat.AVRO, record.formatted(after), record.formatted(before)))
                .isEqualTo(backward);
        assertThat(reads(SchemaFormat.AVRO, record.formatted(before), record.formatted(after)))
                .isEqualTo(forward);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    string a = 1; | string a = 1; string b = 2; | true | true
                    string a = 1; | string b = 1; | false | false
                    string a = 1; | string a = 2; | false | false
                    int32 a = 1; | int64 a = 1; | true | true
                    int32 a = 1; | string a = 1; | false | false
                    string a = 1; | repeated string a = 1; | false | false
                    string a = 1; string b = 2; | string a = 1; reserved 2; reserved "b"; | true | false
                    reserved 2; | string c = 2; | false | true
                    enum K { X = 0; } K a = 1; | enum K { X = 0; Y = 1; } K a = 1; | true | false
                    message M { string x = 1; } M a = 1; | message M { int32 x = 1; } M a = 1; | false | false
                    """)
    void protobuf(String before, String after, boolean backward, boolean forward) {
        String file = "syntax = \"proto3\"; message Event { %s }";
        assertThat(reads(SchemaFormat.PROTOBUF, file.formatted(after), file.formatted(before)))
                .isEqualTo(backward);
        assertThat(reads(SchemaFormat.PROTOBUF, file.formatted(before), file.formatted(after)))
                .isEqualTo(forward);
    }

    private static Version version(int number, String definition) {
        return new Version(number, SchemaFormat.JSON_SCHEMA, definition, Instant.EPOCH);
    }

    @Test
    void transitive_looks_at_all_that_came_before() {
        List<Version> before =
                List.of(version(1, "{\"type\":\"string\"}"), version(2, "{\"type\":[\"string\",\"integer\"]}"));
        Version next = version(3, "{\"type\":\"integer\"}");
        assertThat(Compatibilities.faults(Compatibility.NONE, next, before)).isEmpty();
        assertThat(Compatibilities.faults(Compatibility.FORWARD, next, before)).isEmpty();
        assertThat(Compatibilities.faults(Compatibility.FORWARD_TRANSITIVE, next, before))
                .extracting(Fault::detail)
                .singleElement()
                .asString()
                .contains("version 1");
        assertThat(Compatibilities.faults(Compatibility.FULL, next, before)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "7",
                "{",
                "{\"$ref\": \"https://elsewhere\"}",
                "{\"$ref\": \"#/$defs/none\"}",
                "{\"type\": 3}"
            })
    void what_is_no_json_schema_is_refused(String text) {
        assertThatThrownBy(() -> Definition.read(SchemaFormat.JSON_SCHEMA, text))
                .isInstanceOf(Definition.Unreadable.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"string\"", "{\"type\": \"record\"}", "not json"})
    void what_is_no_avro_record_is_refused(String text) {
        assertThatThrownBy(() -> Definition.read(SchemaFormat.AVRO, text)).isInstanceOf(Definition.Unreadable.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "message {",
                "syntax = \"proto3\"; enum E { A = 0; }",
                "message A { Nowhere b = 1; }",
                "import \"x.proto\"; message A {}"
            })
    void what_is_no_proto_file_is_refused(String text) {
        assertThatThrownBy(() -> Definition.read(SchemaFormat.PROTOBUF, text))
                .isInstanceOf(Definition.Unreadable.class);
    }

    private static List<String> faults(SchemaFormat format, String definition, String data, boolean grows) {
        try {
            JsonNode tree = Json.MAPPER.readTree(data);
            List<String> pointers = new ArrayList<>();
            Definition.read(format, definition).faults(tree, grows).forEach(fault -> pointers.add(fault.pointer()));
            return pointers;
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void data_is_held_to_avro() {
        String schema = "{\"type\":\"record\",\"name\":\"E\",\"fields\":[{\"name\":\"id\",\"type\":\"long\"},"
                + "{\"name\":\"note\",\"type\":[\"null\",\"string\"]},"
                + "{\"name\":\"tags\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[]}]}";
        assertThat(faults(SchemaFormat.AVRO, schema, "{\"id\":1}", false)).isEmpty();
        assertThat(faults(SchemaFormat.AVRO, schema, "{\"id\":1.5,\"note\":3,\"tags\":[1]}", false))
                .containsExactly("/id", "/note", "/tags/0");
        assertThat(faults(SchemaFormat.AVRO, schema, "{\"id\":1,\"more\":1}", false))
                .containsExactly("/more");
        assertThat(faults(SchemaFormat.AVRO, schema, "{\"id\":1,\"more\":1}", true))
                .isEmpty();
    }

    @Test
    void data_is_held_to_protobuf() {
        String schema = "syntax = \"proto3\"; message Event { int64 order_id = 1; repeated Line lines = 2;"
                + " map<string, bool> flags = 3; message Line { Kind kind = 1; } enum Kind { A = 0; B = 1; } }";
        assertThat(faults(
                        SchemaFormat.PROTOBUF,
                        schema,
                        "{\"orderId\":\"12\",\"lines\":[{\"kind\":\"B\"}],\"flags\":{\"x\":true}}",
                        false))
                .isEmpty();
        assertThat(faults(
                        SchemaFormat.PROTOBUF,
                        schema,
                        "{\"order_id\":\"x\",\"lines\":[{\"kind\":\"C\"}],\"flags\":{\"x\":1},\"more\":1}",
                        false))
                .containsExactly("/order_id", "/lines/0/kind", "/flags/x", "/more");
    }

    @Test
    void data_is_held_to_json_schema_also_below() {
        String schema = "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/a\"}},"
                + "\"$defs\":{\"a\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"string\"}}}}}}";
        assertThat(faults(SchemaFormat.JSON_SCHEMA, schema, "{\"a\":[{\"b\":\"x\"}]}", false))
                .isEmpty();
        assertThat(faults(SchemaFormat.JSON_SCHEMA, schema, "{\"a\":[{\"b\":1,\"c\":1}],\"d\":1}", false))
                .containsExactlyInAnyOrder("/a/0/b", "/a/0/c", "/d");
        assertThat(faults(SchemaFormat.JSON_SCHEMA, schema, "{\"a\":[{\"b\":1,\"c\":1}],\"d\":1}", true))
                .containsExactly("/a/0/b");
    }
}
