package io.fjord.ingest.produce;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.ingest.produce.Piece.Broken;
import io.fjord.ingest.produce.Piece.Read;
import io.fjord.platform.http.ProblemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventParserTest {

    private static final EventParser PARSER = new EventParser("own", false, "/own", "own", false);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<Piece> read(String type, String body) {
        return PARSER.read(type, Map.of(), bytes(body));
    }

    private static String data(Piece piece) {
        return new String(((Read) piece).event().data(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "\"text\"",
                "null",
                "true",
                "-0.5e3",
                "{}",
                "[]",
                "{\"x\": [1, {\"y\": \"}]\\\"\"}]}",
                "\"ä\""
            })
    void data_comes_out_as_it_went_in(String json) {
        String event =
                "{ \"data\" :\t" + json + " ,\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"specversion\":\"1.0\"}";
        assertThat(data(read("application/cloudevents+json", event).get(0))).isEqualTo(json);
        List<Piece> batch = read("application/cloudevents-batch+json", "[" + event + " , " + event + "]");
        assertThat(batch).hasSize(2).allSatisfy(piece -> assertThat(data(piece)).isEqualTo(json));
        List<Piece> plain = read("application/json", " [" + json + ",\n" + json + " ]\n");
        assertThat(plain).hasSize(2).allSatisfy(piece -> assertThat(data(piece)).isEqualTo(json));
        assertThat(read("application/x-ndjson", json + "\n" + json)).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"a\":1,\"a\":2}",
                "{\"a\":{\"b\":1,\"b\":1}}",
                "1 2",
                "nul",
                "'a'",
                "NaN",
                "{a:1}",
                "[1,]",
                "\"\u0001\"",
                "01",
                "{\"a\":1}}"
            })
    void what_is_not_json_is_broken(String text) {
        assertThat(read("application/json", text).stream().anyMatch(piece -> piece instanceof Broken))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"}",
                "{\"specversion\":\"1.0\",\"source\":\"/s\",\"type\":\"t\"}",
                "{\"specversion\":\"1.0\",\"id\":\"\",\"source\":\"/s\",\"type\":\"t\"}",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"a b\",\"type\":\"t\"}",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"time\":\"today\"}",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"Upper\":\"x\"}",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"ext\":{}}",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"datacontenttype\":\"text/xml\",\"data\":\"<a/>\"}",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data_base64\":\"!\"}",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"id\":\"2\",\"source\":\"/s\",\"type\":\"t\"}",
                "[]"
            })
    void what_is_no_cloud_event_is_broken(String text) {
        assertThat(read("application/cloudevents+json", text)).singleElement().isInstanceOf(Broken.class);
    }

    @Test
    void base64_that_holds_json_is_data() {
        assertThat(data(read(
                                "application/cloudevents+json",
                                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data_base64\":\"eyJhIjoxfQ==\"}")
                        .get(0)))
                .isEqualTo("{\"a\":1}");
    }

    /** Whatever comes, it is told of, and what is taken is JSON. */
    @Test
    void nothing_breaks_it() throws IOException {
        Random random = new Random(20261122);
        String seed =
                "[{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":{\"a\":[1,\"\\u00e4\"]}},"
                        + "{\"x\":null},\n3]";
        List<String> types = List.of(
                "application/json",
                "application/x-ndjson",
                "application/cloudevents+json",
                "application/cloudevents-batch+json");
        for (int i = 0; i < 20_000; i++) {
            byte[] body = bytes(seed);
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            }
            EventParser parser = new EventParser("own", false, "/own", "own", i % 2 == 0);
            for (Piece piece : parser.read(types.get(i % 4), Map.of(), body)) {
                if (piece instanceof Read read) {
                    JsonNode tree = Json.MAPPER.readTree(read.event().data());
                    assertThat(tree.isMissingNode()).isFalse();
                }
            }
        }
    }

    @Test
    void more_than_is_taken_at_once_is_refused_whole() {
        String body = "[" + "1,".repeat(EventParser.MOST) + "1]";
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> read("application/json", body))
                .isInstanceOf(ProblemException.class);
    }
}
