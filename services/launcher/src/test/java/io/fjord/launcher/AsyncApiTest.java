package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fjord.embedded.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The AsyncAPI document and the code name the same topics and the same messages. */
class AsyncApiTest {

    private static final Set<String> DECIDING = Set.copyOf(ControlPlane.DECIDING);

    private static JsonNode document;

    @BeforeAll
    static void read() throws IOException {
        document = new ObjectMapper(new YAMLFactory())
                .readTree(Checkout.root().resolve("schemas/asyncapi.yaml").toFile());
        assertThat(document.path("asyncapi").asText()).isEqualTo("3.0.0");
    }

    @Test
    void every_message_is_there_with_its_schema_and_no_other() {
        Set<String> named = new TreeSet<>();
        document.at("/components/messages").forEach(message -> {
            String name = message.path("name").asText();
            if (!Set.of("HighWater", "AuditEntry", "StreamEvent", "SourceRow").contains(name)) {
                named.add(name);
                String schema = message.at("/payload/$ref").asText();
                assertThat(schema).isEqualTo("events/" + name + ".json");
                assertThat(Files.exists(Checkout.root().resolve("schemas").resolve(schema)))
                        .as(schema)
                        .isTrue();
            }
        });
        assertThat(named)
                .containsExactlyInAnyOrderElementsOf(ControlPlane.messageTypes().types());
    }

    @Test
    void every_topic_that_carries_messages_is_there_and_no_other() {
        Set<String> named = new TreeSet<>();
        document.path("channels")
                .forEach(channel -> named.add(channel.path("address").asText()));
        // Made by command, not when a service starts.
        assertThat(named.removeIf(address -> address.startsWith("fjord.stream.{domain}.{name}")))
                .isTrue();
        assertThat(named.remove("fjord.pipeline.{domain}.{pipeline}.changes")).isTrue();
        Set<String> made = ControlPlane.topics().stream()
                .map(topic -> topic.name())
                .filter(name -> !name.endsWith(".dlt") && !name.endsWith(".observations"))
                .filter(name -> !name.endsWith(".commands") || DECIDING.contains(name.split("\\.")[1]))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(named).containsExactlyInAnyOrderElementsOf(made);
    }

    @Test
    void commands_stand_on_command_topics_and_events_on_event_topics() throws IOException {
        Set<String> commands = new TreeSet<>();
        for (String type : ControlPlane.messageTypes().types()) {
            Object sample = ControlPlane.messageTypes()
                    .read(type, Files.readString(Checkout.root().resolve("schemas/events/samples/" + type + ".json")));
            if (sample.getClass().getInterfaces()[0].getSimpleName().endsWith("Command")) {
                commands.add(sample.getClass().getSimpleName());
            }
        }
        assertThat(commands).contains("CreateCluster", "SuspendUser");
        document.path("channels").forEach(channel -> {
            String topic = channel.path("address").asText();
            channel.path("messages")
                    .fieldNames()
                    .forEachRemaining(message -> assertThat(commands.contains(message))
                            .as(message + " on " + topic)
                            .isEqualTo(topic.endsWith(".commands")));
        });
    }
}
