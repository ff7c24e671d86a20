package io.fjord.platform.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.contract.Problem.Fault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Reads a request and finds all of its faults, by the document. */
final class Incoming {

    /** What is still read of a body that is too large, so that its sender gets to see the answer. */
    private static final long DRAINED = 16L * 1024 * 1024;

    /** The validator is of Jackson 3; the rest of Fjord is of Jackson 2. */
    private static final JsonMapper STRICT = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Document document;
    private final RequestSchemas schemas;
    private final Map<String, Expected> expected = new HashMap<>();

    /** The parameters of an operation, with the schemas their references lead to, and the names of those in the query. */
    private record Expected(Map<Document.Parameter, JsonNode> parameters, Set<String> query) {}

    Incoming(Document document) {
        this.document = document;
        this.schemas = new RequestSchemas(document);
        document.routes().forEach(route -> expected.put(route.operationId(), expected(route)));
    }

    private Expected expected(Document.Route route) {
        Map<Document.Parameter, JsonNode> parameters = new LinkedHashMap<>();
        route.parameters().forEach(parameter -> parameters.put(parameter, document.resolve(parameter.schema())));
        return new Expected(
                parameters,
                route.parameters().stream()
                        .filter(parameter -> parameter.in().equals("query"))
                        .map(Document.Parameter::name)
                        .collect(Collectors.toSet()));
    }

    /** Fails with a {@link ProblemException} naming every fault. */
    Future<Call> read(Document.Route route, RoutingContext context, Permissions permissions) {
        if (route.foreign()) {
            return bytes(context.request(), route.maxBody()).map(body -> new Call(context, route, permissions, body));
        }
        Document.Body wanted = route.body();
        if (wanted != null) {
            checkContentType(wanted, context.request());
        }
        return bytes(context.request(), route.maxBody()).map(body -> {
            List<Fault> faults = parameterFaults(route, context);
            faults.addAll(bodyFaults(route, body));
            if (!faults.isEmpty()) {
                throw HttpProblems.invalidRequest(faults);
            }
            return new Call(context, route, permissions, body);
        });
    }

    /** For handlers that read the body themselves: the parameters alone are checked. */
    Call readHead(Document.Route route, RoutingContext context, Permissions permissions) {
        List<Fault> faults = route.foreign() ? List.of() : parameterFaults(route, context);
        if (!faults.isEmpty()) {
            throw HttpProblems.invalidRequest(faults);
        }
        return new Call(context, route, permissions, Buffer.buffer());
    }

    // Parameters

    private List<Fault> parameterFaults(Document.Route route, RoutingContext context) {
        List<Fault> faults = new ArrayList<>();
        Expected known = Objects.requireNonNull(expected.get(route.operationId()));
        known.parameters().forEach((parameter, schema) -> {
            List<String> values = values(parameter, context);
            if (values.isEmpty()) {
                if (parameter.required()) {
                    faults.add(new Fault(parameter.name(), "`" + parameter.name() + "` is missing"));
                }
            } else if (values.size() > 1 && !schema.path("type").asText().equals("array")) {
                faults.add(new Fault(parameter.name(), "is given " + values.size() + " times; give it once"));
            } else {
                faults.addAll(schemas.parameter(route, parameter, typed(values, schema)));
            }
        });
        for (String name : context.queryParams().names()) {
            if (!known.query().contains(name)) {
                faults.add(new Fault(name, "`" + name + "` is not a parameter of this request" + among(known.query())));
            }
        }
        return faults;
    }

    private static String among(Set<String> known) {
        return known.isEmpty()
                ? "; it has none"
                : "; parameters are " + known.stream().sorted().collect(Collectors.joining(", "));
    }

    private static List<String> values(Document.Parameter parameter, RoutingContext context) {
        return switch (parameter.in()) {
            case "path" -> List.of(context.pathParam(Api.pathVariable(parameter.name())));
            case "query" -> context.queryParams().getAll(parameter.name());
            default -> context.request().headers().getAll(parameter.name());
        };
    }

    private tools.jackson.databind.JsonNode typed(List<String> values, JsonNode schema) {
        if (schema.path("type").asText().equals("array")) {
            JsonNode items = document.resolve(schema.path("items"));
            ArrayNode array = NODES.arrayNode();
            values.forEach(value -> array.add(typed(value, items)));
            return array;
        }
        return typed(values.get(0), schema);
    }

    /** A text that is not of the type stays a text, which the schema then refuses. */
    private static tools.jackson.databind.JsonNode typed(String value, JsonNode schema) {
        return switch (schema.path("type").asText()) {
            case "integer" ->
                value.matches("-?[0-9]{1,18}") ? NODES.numberNode(Long.parseLong(value)) : NODES.stringNode(value);
            case "number" ->
                value.matches("-?[0-9]{1,18}(\\.[0-9]{1,18})?")
                        ? NODES.numberNode(new java.math.BigDecimal(value))
                        : NODES.stringNode(value);
            case "boolean" ->
                value.equals("true") || value.equals("false")
                        ? NODES.booleanNode(value.equals("true"))
                        : NODES.stringNode(value);
            default -> NODES.stringNode(value);
        };
    }

    // Body

    private static void checkContentType(Document.Body wanted, HttpServerRequest request) {
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw HttpProblems.unsupportedMediaType(wanted.contentTypes());
        }
        if (!wanted.required() && !hasBody(request)) {
            return;
        }
        String given = request.getHeader(HttpHeaders.CONTENT_TYPE);
        String type = given == null ? "" : given.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        if (!wanted.contentTypes().contains(type)) {
            throw HttpProblems.unsupportedMediaType(wanted.contentTypes());
        }
    }

    private static boolean hasBody(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length != null ? !length.equals("0") : request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    }

    private List<Fault> bodyFaults(Document.Route route, Buffer body) {
        Document.Body wanted = route.body();
        if (wanted == null) {
            return body.length() == 0 ? List.of() : List.of(new Fault("", "This request takes no body"));
        }
        if (body.length() == 0) {
            return wanted.required() ? List.of(new Fault("", "The body is missing")) : List.of();
        }
        if (wanted.json() == null) {
            return List.of();
        }
        try {
            return schemas.body(route, STRICT.readTree(body.getBytes()));
        } catch (JacksonException e) {
            var where = e.getLocation();
            String at = where == null ? "" : "line " + where.getLineNr() + ", column " + where.getColumnNr() + ": ";
            return List.of(new Fault("", "The body is not JSON that can be read: " + at + e.getOriginalMessage()));
        }
    }

    private static Future<Buffer> bytes(HttpServerRequest request, int limit) {
        if (!hasBody(request)) {
            request.resume();
            return Future.succeededFuture(Buffer.buffer());
        }
        long declared = declaredLength(request);
        boolean asksFirst = "100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT));
        if (declared > limit + DRAINED || (declared > limit && asksFirst)) {
            return Future.failedFuture(HttpProblems.bodyTooLarge(limit));
        }
        return asksFirst
                ? request.response().writeContinue().compose(ok -> collect(request, limit))
                : collect(request, limit);
    }

    private static Future<Buffer> collect(HttpServerRequest request, int limit) {
        Promise<Buffer> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        long[] seen = {0};
        request.handler(chunk -> {
            seen[0] += chunk.length();
            if (seen[0] <= limit) {
                body.appendBuffer(chunk);
            } else if (seen[0] > limit + DRAINED) {
                whole.tryFail(HttpProblems.bodyTooLarge(limit));
            }
        });
        request.endHandler(end -> {
            if (seen[0] <= limit) {
                whole.tryComplete(body);
            } else {
                whole.tryFail(HttpProblems.bodyTooLarge(limit));
            }
        });
        request.exceptionHandler(whole::tryFail);
        request.resume();
        return whole.future();
    }

    private static long declaredLength(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? -1 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
