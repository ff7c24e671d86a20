package io.fjord.platform.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The OpenAPI 3.1 document of one service, or of several, with what it takes from {@code common.yaml} put in. */
public final class Document {

    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "head", "patch", "options");
    private static final int DEFAULT_MAX_BODY = 1024 * 1024;

    /** A service reads its own as it starts, and the gateway beside it all of them. */
    private static final Map<String, Document> READ = new ConcurrentHashMap<>();

    private final ObjectNode root;

    private Document(ObjectNode root) {
        this.root = root;
    }

    /** @throws IllegalArgumentException if there is no such document, or it refers to what is not there */
    public static Document of(String service) {
        return READ.computeIfAbsent(service, Document::read);
    }

    private static Document read(String service) {
        ObjectNode common = parse("common");
        ObjectNode own = (ObjectNode) localised(parse(service), service);
        own.withObject("/paths").properties().forEach(path -> {
            JsonNode ref = path.getValue().path("$ref");
            if (ref.isTextual()) {
                path.setValue(common.at(ref.textValue().substring(1)).deepCopy());
            }
        });
        Document document = new Document(own);
        document.mergeComponents(common, "common.yaml");
        document.checkReferences();
        return document;
    }

    /**
     * All of them in one, as the gateway serves it.
     *
     * @param services their documents by name
     * @throws IllegalArgumentException if two mean different things by one name or one path
     */
    public static Document all(Map<String, Document> services) {
        ObjectNode root = YAML.createObjectNode();
        root.put("openapi", "3.1.0");
        root.putObject("info")
                .put("title", "Fjord")
                .put("version", "v1")
                .put(
                        "description",
                        "An event-driven data lakehouse platform: every control action is an event on Kafka.");
        root.putArray("servers").addObject().put("url", "/");
        root.putArray("security").addObject().putArray("token");
        ArrayNode tags = root.putArray("tags");
        Document all = new Document(root);
        Set<String> named = new TreeSet<>();
        services.forEach((service, document) -> {
            document.root.path("tags").forEach(tag -> {
                if (named.add(tag.path("name").asText())) {
                    tags.add(tag);
                }
            });
            all.mergeSection("/paths", document.root, service + ".yaml");
            all.mergeComponents(document.root, service + ".yaml");
        });
        return all;
    }

    public JsonNode json() {
        return root;
    }

    /**
     * One operation of the document.
     *
     * @param foreign follows a protocol of others: nothing of it is checked
     * @param open anyone may call it
     * @param maxBody the most bytes its body may have
     * @param action {@code x-fjord-action}: what the caller must be allowed to do; {@code self} if it is enough to be known,
     *     {@code open} if not even that is needed; empty if the document does not say
     * @param resource {@code x-fjord-resource}: what it would be done to, as {@code cluster/{name}} in the domain of the request,
     *     or {@code platform/journal/{service}}; null where the handler finds out, or filters
     */
    public record Route(
            String operationId,
            String method,
            String path,
            List<Parameter> parameters,
            @Nullable Body body,
            boolean foreign,
            boolean open,
            int maxBody,
            String action,
            @Nullable String resource) {

        /** It is enough to be known. */
        public static final String SELF = "self";

        /** Anyone may. */
        public static final String OPEN = "open";

        /** Whether the caller must be allowed to do it. */
        public boolean guarded() {
            return !action.equals(SELF) && !action.equals(OPEN);
        }

        /** What stands for a parameter that is not given. */
        Optional<String> byDefault(String name, String in) {
            for (Parameter parameter : parameters) {
                if (parameter.name().equals(name)
                        && parameter.in().equals(in)
                        && parameter.schema().has("default")) {
                    return Optional.of(parameter.schema().path("default").asText());
                }
            }
            return Optional.empty();
        }

        public boolean reads() {
            return method.equals("GET") || method.equals("HEAD");
        }
    }

    /** @param in {@code path}, {@code query} or {@code header} */
    public record Parameter(String name, String in, boolean required, JsonNode schema) {}

    /** @param json the schema of its JSON, or null if it takes none */
    public record Body(
            boolean required,
            Set<String> contentTypes,
            @Nullable JsonNode json) {}

    public List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        root.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(entry -> {
                    if (METHODS.contains(entry.getKey())) {
                        routes.add(route(path.getKey(), path.getValue(), entry.getKey(), entry.getValue()));
                    }
                }));
        return routes;
    }

    private Route route(String path, JsonNode item, String method, JsonNode operation) {
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        for (JsonNode declared : List.of(item.path("parameters"), operation.path("parameters"))) {
            declared.forEach(reference -> {
                JsonNode node = resolve(reference);
                Parameter parameter = new Parameter(
                        node.path("name").asText(),
                        node.path("in").asText(),
                        node.path("required").asBoolean(),
                        node.path("schema"));
                parameters.put(parameter.in() + " " + parameter.name(), parameter);
            });
        }
        JsonNode security = operation.has("security") ? operation.path("security") : root.path("security");
        return new Route(
                operation.path("operationId").asText(),
                method.toUpperCase(Locale.ROOT),
                path,
                List.copyOf(parameters.values()),
                body(operation),
                operation.path("x-fjord-foreign").asBoolean(),
                operation.has("security") && security.isEmpty(),
                operation.path("x-fjord-max-body").asInt(DEFAULT_MAX_BODY),
                operation.path("x-fjord-action").asText(""),
                operation.has("x-fjord-resource")
                        ? operation.path("x-fjord-resource").asText()
                        : null);
    }

    private @Nullable Body body(JsonNode operation) {
        if (!operation.has("requestBody")) {
            return null;
        }
        JsonNode body = resolve(operation.path("requestBody"));
        Set<String> types = new TreeSet<>();
        body.path("content").fieldNames().forEachRemaining(types::add);
        JsonNode json = body.path("content").path("application/json").path("schema");
        return new Body(body.path("required").asBoolean(), types, json.isMissingNode() ? null : json);
    }

    /** The schemas of JSON replies, by {@link #replyName}. */
    Map<String, JsonNode> replies() {
        Map<String, JsonNode> replies = new LinkedHashMap<>();
        root.path("paths")
                .forEach(item -> item.properties()
                        .forEach(entry -> entry.getValue()
                                .path("responses")
                                .properties()
                                .forEach(response -> {
                                    JsonNode schema = resolve(response.getValue())
                                            .path("content")
                                            .path("application/json")
                                            .path("schema");
                                    if (!schema.isMissingNode()) {
                                        replies.put(
                                                replyName(
                                                        entry.getValue()
                                                                .path("operationId")
                                                                .asText(),
                                                        response.getKey()),
                                                schema);
                                    }
                                })));
        return replies;
    }

    static String replyName(String operationId, String status) {
        return "reply." + operationId + "." + status;
    }

    /** Follows references within the document. */
    JsonNode resolve(JsonNode node) {
        JsonNode found = node;
        while (found.path("$ref").isTextual()) {
            found = root.at(found.path("$ref").textValue().substring(1));
        }
        return found;
    }

    // Reading and merging

    private static ObjectNode parse(String name) {
        String resource = "fjord-schemas/openapi/" + name + ".yaml";
        try (InputStream in = Document.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("There is no " + resource + " on the class path");
            }
            return (ObjectNode) YAML.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(resource + " cannot be read", e);
        }
    }

    /** With {@code common.yaml#/…} as {@code #/…}; a reference to any other file is an error. */
    private static JsonNode localised(JsonNode node, String service) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> {
                if (field.getKey().equals("$ref") && field.getValue().isTextual()) {
                    String ref = field.getValue().textValue();
                    String local = ref.startsWith("common.yaml#/") ? ref.substring("common.yaml".length()) : ref;
                    if (!local.startsWith("#/")) {
                        throw new IllegalArgumentException(service + ".yaml refers to '" + ref
                                + "'; it may refer to itself (#/…) and to common.yaml#/…");
                    }
                    field.setValue(new TextNode(local));
                } else {
                    localised(field.getValue(), service);
                }
            });
        } else {
            node.forEach(child -> localised(child, service));
        }
        return node;
    }

    private void mergeComponents(ObjectNode from, String name) {
        from.path("components").fieldNames().forEachRemaining(kind -> mergeSection("/components/" + kind, from, name));
    }

    private void mergeSection(String pointer, ObjectNode from, String name) {
        ObjectNode mine = root.withObject(pointer);
        from.at(pointer).properties().forEach(entry -> {
            JsonNode present = mine.get(entry.getKey());
            if (present != null && !present.equals(entry.getValue())) {
                throw new IllegalArgumentException(pointer + "/" + entry.getKey() + " of " + name
                        + " means something else in another document; give one of them another name");
            }
            mine.set(entry.getKey(), entry.getValue());
        });
    }

    private void checkReferences() {
        Set<String> lost = new TreeSet<>();
        for (JsonNode ref : root.findValues("$ref")) {
            if (ref.isTextual() && root.at(ref.textValue().substring(1)).isMissingNode()) {
                lost.add(ref.textValue());
            }
        }
        if (!lost.isEmpty()) {
            throw new IllegalArgumentException("References that lead nowhere: " + lost);
        }
    }
}
