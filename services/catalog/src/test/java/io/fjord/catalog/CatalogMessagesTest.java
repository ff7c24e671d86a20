package io.fjord.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import java.io.InputStream;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Samples are approved: a change of a message is a visible difference there. */
final class CatalogMessagesTest {

    private static final MessageTypes TYPES = new MessageTypes();

    static {
        CatalogVerticle.messages(TYPES);
    }

    static Set<String> types() {
        return TYPES.types();
    }

    @ParameterizedTest
    @MethodSource("types")
    void theSampleReadsAndWritesAsItStands(String type) throws Exception {
        JsonNode sample = resource("events/samples/" + type + ".json");
        Object message = TYPES.read(type, Json.bytes(sample));
        assertThat(Json.MAPPER.readTree(Json.bytes(message))).isEqualTo(sample);
        assertThat(TYPES.typeOf(message)).isEqualTo(type);
    }

    @ParameterizedTest
    @MethodSource("types")
    void theSchemaNamesEveryField(String type) throws Exception {
        JsonNode properties = resource("events/" + type + ".json").path("properties");
        JsonNode sample = resource("events/samples/" + type + ".json");
        assertThat(properties.fieldNames()).toIterable().containsExactlyInAnyOrderElementsOf(sample::fieldNames);
    }

    private static JsonNode resource(String name) throws Exception {
        try (InputStream in = CatalogMessagesTest.class.getResourceAsStream("/fjord-schemas/" + name)) {
            return Json.MAPPER.readTree(Objects.requireNonNull(in, name));
        }
    }
}
