package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fjord.embedded.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Kustomize base, checked without a cluster: every service once, one image, and the two Kafka rules. */
class KubernetesBaseTest {

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final List<JsonNode> RESOURCES = new ArrayList<>();
    private static Path base;

    @BeforeAll
    static void read() throws IOException {
        base = Checkout.root().resolve("k8s/base");
        try (Stream<Path> files = Files.list(base)) {
            for (Path file :
                    files.filter(f -> !f.endsWith("kustomization.yaml")).toList()) {
                YAML.readerFor(JsonNode.class)
                        .<JsonNode>readValues(file.toFile())
                        .forEachRemaining(RESOURCES::add);
            }
        }
    }

    @Test
    void the_kustomization_names_every_file_and_no_other() throws IOException {
        Set<String> named = new HashSet<>();
        YAML.readTree(base.resolve("kustomization.yaml").toFile())
                .path("resources")
                .forEach(resource -> named.add(resource.asText()));
        try (Stream<Path> files = Files.list(base)) {
            assertThat(files.map(f -> f.getFileName().toString()).filter(f -> !f.equals("kustomization.yaml")))
                    .containsExactlyInAnyOrderElementsOf(named);
        }
    }

    @Test
    void every_service_is_one_deployment_of_the_same_image() {
        Set<String> services = new HashSet<>();
        for (JsonNode deployment : ofKind("Deployment")) {
            JsonNode container = deployment.at("/spec/template/spec/containers/0");
            assertThat(container.path("image").asText()).isEqualTo("fjord");
            String argument = container.at("/args/0").asText();
            assertThat(argument).startsWith("--services=");
            services.add(argument.substring("--services=".length()));
            assertThat(container.has("readinessProbe")).isTrue();
            assertThat(container.at("/resources/limits/memory").isMissingNode()).isFalse();
            assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean())
                    .isTrue();
        }
        assertThat(services).containsExactlyInAnyOrderElementsOf(ControlPlane.SERVICES);
    }

    @Test
    void only_services_produce_commands_and_only_the_relay_produces_events() {
        for (JsonNode user : ofKind("KafkaUser")) {
            String name = user.at("/metadata/name").asText();
            for (JsonNode acl : user.at("/spec/authorization/acls")) {
                String topic = acl.at("/resource/name").asText();
                Set<String> operations = new HashSet<>();
                acl.path("operations").forEach(operation -> operations.add(operation.asText()));
                boolean writes = operations.contains("Write");
                if (writes && (topic.endsWith(".events") || topic.equals("fjord.high-water"))) {
                    assertThat(name).as("writes to " + topic).isEqualTo("fjord-cdc");
                }
                if (writes) {
                    assertThat(topic).as("what " + name + " writes to").isNotEqualTo("fjord.");
                }
            }
        }
    }

    private static List<JsonNode> ofKind(String kind) {
        List<JsonNode> found = RESOURCES.stream()
                .filter(r -> r.path("kind").asText().equals(kind))
                .toList();
        assertThat(found).as(kind).isNotEmpty();
        return found;
    }
}
