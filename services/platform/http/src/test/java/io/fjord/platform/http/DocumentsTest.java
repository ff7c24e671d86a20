package io.fjord.platform.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every document under schemas/openapi keeps to. */
class DocumentsTest {

    private static final Path FOLDER = Path.of("..", "..", "..", "schemas", "openapi");
    private static final Pattern VARIABLE = Pattern.compile("\\{([^}]+)}");

    static List<String> services() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(file -> file.getFileName().toString().replace(".yaml", ""))
                    .filter(name -> !name.equals("common"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("services")
    void a_document_is_openapi_3_1(String service) {
        Document document = Document.of(service);
        JsonNode json = document.json();

        assertThat(json.path("openapi").asText()).startsWith("3.1.");
        assertThat(json.path("info").path("title").asText()).isNotBlank();
        assertThat(json.path("info").path("version").asText()).isNotBlank();
        Set<String> tags = new HashSet<>();
        json.path("tags").forEach(tag -> tags.add(tag.path("name").asText()));
        json.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(entry -> {
                    JsonNode operation = entry.getValue();
                    if (entry.getKey().equals("parameters")) {
                        return;
                    }
                    String where = service + ": " + entry.getKey() + " " + path.getKey();
                    assertThat(operation.path("operationId").asText()).as(where).matches("[a-z][A-Za-z0-9]*");
                    assertThat(operation.path("responses").size())
                            .as(where + " has responses")
                            .isPositive();
                    assertThat(operation.path("summary").asText())
                            .as(where + " has a summary")
                            .isNotBlank();
                    operation.path("responses").properties().forEach(response -> {
                        assertThat(response.getKey()).as(where).matches("[1-5][0-9X]{2}|default");
                        assertThat(document.resolve(response.getValue())
                                        .path("description")
                                        .asText())
                                .as(where + " " + response.getKey() + " has a description")
                                .isNotBlank();
                    });
                    operation
                            .path("tags")
                            .forEach(tag -> assertThat(tags).as(where).contains(tag.asText()));
                }));
    }

    @ParameterizedTest
    @MethodSource("services")
    void every_operation_has_an_id_of_its_own_and_declares_its_path_variables(String service) {
        List<String> ids = new ArrayList<>();
        for (Document.Route route : Document.of(service).routes()) {
            ids.add(route.operationId());
            Set<String> declared = new HashSet<>();
            for (Document.Parameter parameter : route.parameters()) {
                assertThat(parameter.in()).as(route.operationId()).isIn("path", "query", "header");
                assertThat(parameter.schema().isMissingNode())
                        .as(route.operationId() + " " + parameter.name() + " has a schema")
                        .isFalse();
                if (parameter.in().equals("path")) {
                    declared.add(parameter.name());
                    assertThat(parameter.required()).as(route.operationId()).isTrue();
                }
            }
            Set<String> variables = new HashSet<>();
            Matcher matcher = VARIABLE.matcher(route.path());
            while (matcher.find()) {
                variables.add(matcher.group(1));
            }
            assertThat(declared).as(route.operationId() + " " + route.path()).isEqualTo(variables);
        }
        assertThat(ids).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("services")
    void every_schema_is_json_schema(String service) {
        var meta = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));

        Document.of(service)
                .json()
                .path("components")
                .path("schemas")
                .properties()
                .forEach(schema -> assertThat(meta.validate(schema.getValue().toString(), InputFormat.JSON))
                        .as(service + ": " + schema.getKey())
                        .isEmpty());
    }

    @Test
    void all_of_them_fit_into_one() throws IOException {
        Map<String, Document> documents = new TreeMap<>();
        services().forEach(service -> documents.put(service, Document.of(service)));
        Document all = Document.all(documents);

        List<String> ids = new ArrayList<>();
        all.routes().forEach(route -> ids.add(route.operationId()));
        assertThat(ids).doesNotHaveDuplicates().contains("createCluster", "readEvents");
        assertThat(all.json().path("components").path("schemas").has("Problem")).isTrue();
    }

    @Test
    void a_document_that_is_not_there_is_named() {
        assertThatThrownBy(() -> Document.of("nowhere")).hasMessageContaining("openapi/nowhere.yaml");
    }
}
