package io.fjord.sql.statement;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StatementMessagesTest {

    private static final MessageTypes TYPES = types();

    private static MessageTypes types() {
        MessageTypes types = new MessageTypes();
        new StatementCapability().register(types);
        return types;
    }

    static Set<String> all() {
        return TYPES.types();
    }

    @ParameterizedTest
    @MethodSource("all")
    void record_sample_and_schema_agree(String type) throws Exception {
        String sample = read("samples/" + type);
        JsonNode schema = Json.MAPPER.readTree(read(type));

        Object message = TYPES.read(type, sample);

        assertThat(Json.MAPPER.readTree(Json.text(message))).isEqualTo(Json.MAPPER.readTree(sample));
        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(schema.toString())
                        .validate(sample, InputFormat.JSON))
                .isEmpty();
        Set<String> fields = new TreeSet<>();
        for (var component : message.getClass().getRecordComponents()) {
            fields.add(component.getName());
        }
        Set<String> described = new TreeSet<>();
        schema.path("properties").fieldNames().forEachRemaining(described::add);
        assertThat(described).isEqualTo(fields);
    }

    private static String read(String name) throws Exception {
        String resource = "fjord-schemas/events/" + name + ".json";
        try (InputStream in = StatementMessagesTest.class.getClassLoader().getResourceAsStream(resource)) {
            assertThat(in).as(resource).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
