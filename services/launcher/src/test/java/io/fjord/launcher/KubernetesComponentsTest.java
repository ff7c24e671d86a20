package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fjord.embedded.Checkout;
import io.fjord.embedded.KeycloakServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an overlay may add to the base, checked without a cluster: whole, locked down, and told of what Fjord reads. */
class KubernetesComponentsTest {

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private static Path folder(String component) {
        return Checkout.root().resolve("k8s/components").resolve(component);
    }

    private static List<JsonNode> resources(String component) throws IOException {
        List<JsonNode> all = new ArrayList<>();
        YAML.readerFor(JsonNode.class)
                .<JsonNode>readValues(
                        folder(component).resolve(component + ".yaml").toFile())
                .forEachRemaining(all::add);
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"keycloak", "opa"})
    void it_names_every_file_and_no_other(String component) throws IOException {
        JsonNode kustomization =
                YAML.readTree(folder(component).resolve("kustomization.yaml").toFile());
        assertThat(kustomization.path("kind").asText()).isEqualTo("Component");
        Set<String> named = new HashSet<>(Set.of("kustomization.yaml"));
        kustomization.path("resources").forEach(name -> named.add(name.asText()));
        kustomization.findValues("files").forEach(files -> files.forEach(name -> named.add(name.asText())));
        try (Stream<Path> files = Files.list(folder(component))) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrderElementsOf(named);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"keycloak", "opa"})
    void it_is_locked_down_and_reached_by_its_service(String component) throws IOException {
        JsonNode deployment = one(component, "Deployment");
        JsonNode container = deployment.at("/spec/template/spec/containers/0");
        assertThat(container.path("image").asText()).isEqualTo(component);
        assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean())
                .isTrue();
        assertThat(deployment
                        .at("/spec/template/spec/securityContext/runAsNonRoot")
                        .asBoolean())
                .isTrue();
        assertThat(container.at("/resources/limits/memory").isMissingNode()).isFalse();
        assertThat(container.has("readinessProbe")).isTrue();
        Set<String> volumes = new HashSet<>();
        deployment
                .at("/spec/template/spec/volumes")
                .forEach(volume -> volumes.add(volume.path("name").asText()));
        container
                .path("volumeMounts")
                .forEach(
                        mount -> assertThat(volumes).contains(mount.path("name").asText()));

        JsonNode service = one(component, "Service");
        assertThat(service.at("/metadata/name").asText()).isEqualTo(component);
        assertThat(service.at("/spec/selector")).isEqualTo(deployment.at("/spec/template/metadata/labels"));
    }

    /** What it tells the services is read by them, and leads to its own port. */
    @ParameterizedTest
    @ValueSource(strings = {"keycloak", "opa"})
    void what_it_tells_the_services_is_understood(String component) throws IOException {
        JsonNode kustomization =
                YAML.readTree(folder(component).resolve("kustomization.yaml").toFile());
        String settings = Files.readString(
                Checkout.root().resolve("services/launcher/src/main/java/io/fjord/launcher/ControlPlaneSettings.java"));
        int port = one(component, "Service").at("/spec/ports/0/port").asInt();
        JsonNode patch = YAML.readTree(kustomization.at("/patches/0/patch").asText());
        assertThat(patch).isNotEmpty();
        patch.forEach(one -> {
            assertThat(settings).contains("\"" + one.path("path").asText().replace("/data/", "") + "\"");
            String value = one.path("value").asText();
            assertThat(value).startsWith(value.startsWith("http") ? "http://" + component + ":" + port : "/etc/");
        });
    }

    private static JsonNode one(String component, String kind) throws IOException {
        return resources(component).stream()
                .filter(resource -> resource.path("kind").asText().equals(kind))
                .findFirst()
                .orElseThrow();
    }

    /** The realm of a local Fjord, without its people, and with an overlay's address and secret. */
    @Test
    void the_realm_is_the_one_that_is_tested() throws IOException {
        JsonNode realm;
        try (InputStream resource =
                Objects.requireNonNull(KeycloakServer.class.getResourceAsStream("keycloak-realm.json"))) {
            realm = JSON.readTree(resource);
        }
        ArrayNode users = (ArrayNode) realm.path("users");
        for (int i = users.size() - 1; i >= 0; i--) {
            if (users.get(i).has("credentials")) {
                users.remove(i);
            }
        }
        for (JsonNode client : realm.path("clients")) {
            ObjectNode changed = (ObjectNode) client;
            if (changed.path("secret").asText().equals("@platform-secret@")) {
                changed.put("secret", "${FJORD_PLATFORM_SECRET}");
            }
            if (changed.path("redirectUris").toString().contains("@console-port@")) {
                changed.putArray("redirectUris").add("${FJORD_PUBLIC_URL}/*");
            }
        }
        Path file = folder("keycloak").resolve("fjord-realm.json");
        if (Boolean.getBoolean("fjord.approve")) {
            Files.writeString(file, JSON.writeValueAsString(realm) + "\n");
        }
        assertThat(JSON.readTree(file.toFile()))
                .as("run with -Dfjord.approve=true to take over what has changed")
                .isEqualTo(realm);
        assertThat(realm.toString()).doesNotContain("@platform-secret@").doesNotContain("@console-port@");
    }
}
