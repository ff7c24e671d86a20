package io.fjord.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.platform.http.Document;
import io.fjord.platform.http.Document.Parameter;
import io.fjord.platform.http.Document.Route;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Requests nobody should send, to every route of Iceberg's protocol: good ones with something in them put wrong, and what is no
 * request at all.
 */
final class Malformed {

    record Request(
            String operation,
            String method,
            String path,
            Map<String, String> headers,
            @Nullable String body) {}

    private static final List<Route> ROUTES = Document.of(CatalogVerticle.SERVICE).routes().stream()
            .filter(route -> route.path().startsWith("/iceberg/"))
            .toList();

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** In a path or a query, encoded as they travel. */
    private static final List<String> ODD_PARTS = List.of(
            "%00",
            "%1F",
            "a%1Fb",
            "a%1F%1Fb",
            "..",
            "%2e%2e",
            "%2F",
            "%20",
            "%ff",
            "%ed%a0%80",
            "%F0%9F%98%80",
            "a.b.c",
            "'%3B--",
            "x".repeat(300),
            "x".repeat(2_000),
            "-1",
            "0",
            "99999999999999999999",
            "true",
            "*");

    private static final List<String> ODD_TEXTS = List.of(
            "",
            " ",
            "\u0000",
            "\ud800",
            "\ud83d\ude00",
            "a\u001fb",
            "s3://lakehouse/other/x",
            "s3://lakehouse/default/default/../other",
            "file:///etc/passwd",
            "s3:",
            "::",
            "-1",
            "x".repeat(3_000),
            "struct",
            "main",
            "branch",
            "tag",
            "decimal(40,2)",
            "fixed[-1]",
            "bucket[0]",
            "assert-create",
            "remove-snapshots",
            "set-location",
            "99999999999999999999",
            "2026-13-01T00:00:00Z");

    private static final List<String> ODD_BODIES = List.of(
            "", "{", "null", "[]", "{}", "\"\"", "1", "\u0000\u00ff{}", "[".repeat(2_000), "{\"a\":".repeat(2_000));

    private static final List<String> HEADERS = List.of(
            "Content-Type",
            "Idempotency-Key",
            "If-None-Match",
            "X-Iceberg-Access-Delegation",
            "Accept",
            "Prefer",
            "traceparent");

    private static final List<String> HEADER_VALUES = List.of(
            "",
            "x",
            "*/*",
            "application/json; charset=utf-16",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
            "019a0000-0000-7000-8000-000000000001",
            "\"1\"",
            "vended-credentials",
            "remote-signing",
            "vended-credentials,remote-signing",
            "wait=x",
            "y".repeat(2_000));

    private static final String SCHEMA = """
            {"type":"struct","schema-id":0,"identifier-field-ids":[1],"fields":[
              {"id":1,"name":"id","required":true,"type":"long"},
              {"id":2,"name":"data","required":false,"type":{"type":"map","key-id":3,"key":"string","value-id":4,
               "value":"decimal(10,2)","value-required":false}}]}""";
    private static final String SPEC =
            "{\"spec-id\":1,\"fields\":[{\"source-id\":1,\"field-id\":1000,\"name\":\"b\",\"transform\":\"bucket[4]\"}]}";
    private static final String ORDER = """
            {"order-id":1,"fields":[{"transform":"identity","source-id":1,"direction":"asc","null-order":"nulls-first"}]}""";
    private static final String SNAPSHOT = """
            {"snapshot-id":%d,"sequence-number":1,"timestamp-ms":1780000000000,"schema-id":0,
             "manifest-list":"s3://lakehouse/default/default/x/snap.avro","summary":{"operation":"append"}}""";
    private static final String STATISTICS = """
            {"snapshot-id":1,"statistics-path":"s3://lakehouse/default/default/x/s.puffin","file-size-in-bytes":1,
             "file-footer-size-in-bytes":1,"blob-metadata":[{"type":"t","snapshot-id":1,"sequence-number":1,"fields":[1]}]}""";
    private static final String VIEW_VERSION = """
            {"version-id":%d,"timestamp-ms":1780000000000,"schema-id":0,"summary":{"engine-name":"x"},
             "default-namespace":["a"],"representations":[{"type":"sql","sql":"select 1","dialect":"spark"}]}""";

    private static final List<String> REQUIREMENTS = List.of(
            "{\"type\":\"assert-create\"}",
            "{\"type\":\"assert-table-uuid\",\"uuid\":\"019a0000-0000-7000-8000-000000000001\"}",
            "{\"type\":\"assert-view-uuid\",\"uuid\":\"x\"}",
            "{\"type\":\"assert-ref-snapshot-id\",\"ref\":\"main\",\"snapshot-id\":null}",
            "{\"type\":\"assert-last-assigned-field-id\",\"last-assigned-field-id\":4}",
            "{\"type\":\"assert-current-schema-id\",\"current-schema-id\":0}",
            "{\"type\":\"assert-last-assigned-partition-id\",\"last-assigned-partition-id\":999}",
            "{\"type\":\"assert-default-spec-id\",\"default-spec-id\":0}",
            "{\"type\":\"assert-default-sort-order-id\",\"default-sort-order-id\":0}");

    private static final List<String> UPDATES = List.of(
            "{\"action\":\"assign-uuid\",\"uuid\":\"019a0000-0000-7000-8000-000000000001\"}",
            "{\"action\":\"upgrade-format-version\",\"format-version\":3}",
            "{\"action\":\"add-schema\",\"last-column-id\":4,\"schema\":" + SCHEMA + "}",
            "{\"action\":\"set-current-schema\",\"schema-id\":-1}",
            "{\"action\":\"remove-schemas\",\"schema-ids\":[0]}",
            "{\"action\":\"add-spec\",\"spec\":" + SPEC + "}",
            "{\"action\":\"set-default-spec\",\"spec-id\":-1}",
            "{\"action\":\"remove-partition-specs\",\"spec-ids\":[0]}",
            "{\"action\":\"add-sort-order\",\"sort-order\":" + ORDER + "}",
            "{\"action\":\"set-default-sort-order\",\"sort-order-id\":-1}",
            "{\"action\":\"add-snapshot\",\"snapshot\":" + SNAPSHOT.formatted(1) + "}",
            "{\"action\":\"set-snapshot-ref\",\"ref-name\":\"main\",\"type\":\"branch\",\"snapshot-id\":1,"
                    + "\"max-ref-age-ms\":1,\"min-snapshots-to-keep\":1}",
            "{\"action\":\"remove-snapshot-ref\",\"ref-name\":\"main\"}",
            "{\"action\":\"remove-snapshots\",\"snapshot-ids\":[1]}",
            "{\"action\":\"set-location\",\"location\":\"s3://lakehouse/default/default/fuzz\"}",
            "{\"action\":\"set-properties\",\"updates\":{\"a\":\"b\"}}",
            "{\"action\":\"set-properties\",\"updates\":{\"write.metadata.previous-versions-max\":\"x\"}}",
            "{\"action\":\"set-properties\",\"updates\":{\"fjord.expire-snapshots.max-snapshots\":\"x\"}}",
            "{\"action\":\"set-properties\",\"updates\":{\"history.expire.max-snapshot-age-ms\":\"x\"}}",
            "{\"action\":\"set-properties\",\"updates\":{\"write.metadata.compression-codec\":\"x\"}}",
            "{\"action\":\"set-properties\",\"updates\":{\"write.data.path\":\"s3://lakehouse/other\"}}",
            "{\"action\":\"remove-properties\",\"removals\":[\"a\"]}",
            "{\"action\":\"set-statistics\",\"snapshot-id\":1,\"statistics\":" + STATISTICS + "}",
            "{\"action\":\"remove-statistics\",\"snapshot-id\":1}",
            "{\"action\":\"set-partition-statistics\",\"partition-statistics\":{\"snapshot-id\":1,"
                    + "\"statistics-path\":\"x\",\"file-size-in-bytes\":1}}",
            "{\"action\":\"remove-partition-statistics\",\"snapshot-id\":1}",
            "{\"action\":\"add-encryption-key\",\"encryption-key\":{\"key-id\":\"k\",\"encrypted-key-metadata\":\"eA==\"}}",
            "{\"action\":\"remove-encryption-key\",\"key-id\":\"k\"}",
            "{\"action\":\"add-view-version\",\"view-version\":" + VIEW_VERSION.formatted(2) + "}",
            "{\"action\":\"set-current-view-version\",\"view-version-id\":-1}");

    private final Random random;
    private final String namespace;

    /** @param namespace that is there, with a table t and a view v */
    Malformed(Random random, String namespace) {
        this.random = random;
        this.namespace = namespace;
    }

    Request request() {
        Route route = one(ROUTES);
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", "application/json");
        for (int i = random.nextInt(4) == 0 ? 2 : 0; i > 0; i--) {
            headers.put(one(HEADERS), one(HEADER_VALUES));
        }
        boolean sends = !route.method().equals("GET") && !route.method().equals("HEAD");
        return new Request(
                route.operationId(),
                route.method(),
                path(route) + query(route),
                headers,
                sends ? body(route.operationId()) : null);
    }

    private <T> T one(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private String path(Route route) {
        String path = route.path();
        for (Map.Entry<String, String> known : Map.of(
                        "{prefix}", "default", "{namespace}", namespace, "{table}", "t", "{view}", "v")
                .entrySet()) {
            path = path.replace(known.getKey(), random.nextInt(8) == 0 ? one(ODD_PARTS) : known.getValue());
        }
        return path;
    }

    private String query(Route route) {
        StringBuilder query = new StringBuilder();
        for (Parameter parameter : route.parameters()) {
            if (parameter.in().equals("query") && random.nextInt(3) == 0) {
                query.append(query.isEmpty() ? '?' : '&')
                        .append(parameter.name())
                        .append('=')
                        .append(random.nextInt(3) == 0 ? namespace : one(ODD_PARTS));
            }
        }
        return query.toString();
    }

    private String body(String operation) {
        if (random.nextInt(12) == 0) {
            return one(ODD_BODIES);
        }
        if (operation.equals("icebergGetToken")) {
            return cut(one(List.of(
                    "grant_type=client_credentials&client_id=a&client_secret=b&scope=catalog",
                    "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=x&subject_token_type=y",
                    "grant_type=%&client_secret=%zz",
                    "&&==&")));
        }
        JsonNode good = good(operation);
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            put(good);
        }
        String text = good.toString();
        return random.nextInt(8) == 0 ? cut(text) : text;
    }

    private String cut(String text) {
        int at = text.isEmpty() ? 0 : random.nextInt(text.length());
        return random.nextBoolean()
                ? text.substring(0, at)
                : text.substring(0, at) + one(ODD_TEXTS) + text.substring(at);
    }

    private JsonNode good(String operation) {
        return switch (operation) {
            case "icebergCreateNamespace" ->
                json("{\"namespace\":[\"" + namespace + "\",\"" + name() + "\"],\"properties\":{\"a\":\"b\"}}");
            case "icebergUpdateNamespaceProperties" -> json("{\"removals\":[\"a\"],\"updates\":{\"b\":\"c\"}}");
            case "icebergCreateTable" ->
                json("{\"name\":\"" + name() + "\",\"schema\":" + SCHEMA + ",\"partition-spec\":" + SPEC
                        + ",\"write-order\":" + ORDER + ",\"stage-create\":" + random.nextBoolean()
                        + ",\"properties\":{\"format-version\":\"2\"}}");
            case "icebergRegisterTable" ->
                json("{\"name\":\"" + name()
                        + "\",\"metadata-location\":\"s3://lakehouse/default/default/x/v1.metadata.json\",\"overwrite\":"
                        + random.nextBoolean() + "}");
            case "icebergCommitTable" -> commit(REQUIREMENTS, UPDATES);
            case "icebergReplaceView" -> commit(REQUIREMENTS, UPDATES);
            case "icebergReportMetrics" ->
                json(
                        "{\"report-type\":\"" + (random.nextBoolean() ? "scan" : "commit")
                                + "-report\",\"table-name\":\"t\",\"snapshot-id\":1,\"filter\":{\"type\":\"eq\",\"term\":\"id\","
                                + "\"value\":1},\"schema-id\":0,\"projected-field-ids\":[1],\"projected-field-names\":[\"id\"],"
                                + "\"sequence-number\":1,\"operation\":\"append\",\"metrics\":{\"total-planning-duration\":"
                                + "{\"count\":1,\"time-unit\":\"nanoseconds\",\"total-duration\":1}},\"metadata\":{\"a\":\"b\"}}");
            case "icebergRenameTable", "icebergRenameView" ->
                json("{\"source\":{\"namespace\":[\"" + namespace + "\"],\"name\":\"" + name()
                        + "\"},\"destination\":{\"namespace\":[\"" + namespace + "\"],\"name\":\"" + name() + "\"}}");
            case "icebergCommitTransaction" -> {
                ObjectNode transaction = NODES.objectNode();
                ArrayNode changes = transaction.putArray("table-changes");
                for (int i = random.nextInt(3); i >= 0; i--) {
                    ObjectNode change = (ObjectNode) commit(REQUIREMENTS, UPDATES);
                    change.set(
                            "identifier", json("{\"namespace\":[\"" + namespace + "\"],\"name\":\"" + name() + "\"}"));
                    changes.add(change);
                }
                yield transaction;
            }
            case "icebergCreateView" ->
                json("{\"name\":\"" + name() + "\",\"schema\":" + SCHEMA + ",\"view-version\":"
                        + VIEW_VERSION.formatted(1) + ",\"properties\":{\"a\":\"b\"}}");
            case "icebergRegisterView" ->
                json("{\"name\":\"" + name()
                        + "\",\"metadata-location\":\"s3://lakehouse/default/default/x/v1.metadata.json\"}");
            case "icebergSignRequest" ->
                json("{\"region\":\"us-east-1\",\"method\":\""
                        + one(List.of("GET", "PUT", "POST", "DELETE", "HEAD", "X"))
                        + "\",\"uri\":\"http://127.0.0.1:1/lakehouse/default/default/x?delete&prefix=a\","
                        + "\"headers\":{\"x-amz-date\":[\"1\"],\"host\":[\"h\"]},\"body\":\"<a><Key>k</Key></a>\"}");
            case "icebergQueryEvents" ->
                json(
                        "{\"page-size\":2,\"after-timestamp-ms\":1,\"operation-types\":[\"create-table\"],"
                                + "\"catalog-objects-by-name\":[[\"" + namespace
                                + "\",\"t\"]],\"continuation-token\":\"1:1\","
                                + "\"object-types\":[\"table\"],\"catalog-objects-by-id\":[{\"type\":\"table\",\"uuid\":\"x\"}]}");
            default -> NODES.objectNode();
        };
    }

    private String name() {
        return one(List.of("t", "v", "other", "x", "y"));
    }

    private JsonNode commit(List<String> requirements, List<String> updates) {
        ObjectNode commit = NODES.objectNode();
        ArrayNode required = commit.putArray("requirements");
        for (int i = random.nextInt(4) - 1; i > 0; i--) {
            required.add(json(one(requirements)));
        }
        ArrayNode wished = commit.putArray("updates");
        for (int i = random.nextInt(4); i > 0; i--) {
            wished.add(json(one(updates)));
        }
        return commit;
    }

    /** Changes something, somewhere in it. */
    private void put(JsonNode root) {
        List<JsonNode> places = new ArrayList<>();
        gather(root, places);
        JsonNode place = one(places);
        if (place instanceof ObjectNode object && !object.isEmpty()) {
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            String name = one(names);
            switch (random.nextInt(4)) {
                case 0 -> object.remove(name);
                case 1 -> object.set(one(names), odd());
                case 2 -> object.set(one(ODD_TEXTS), object.get(name));
                default -> object.set(name, odd());
            }
        } else if (place instanceof ArrayNode array) {
            if (array.isEmpty() || random.nextInt(3) == 0) {
                array.add(odd());
            } else {
                array.set(random.nextInt(array.size()), odd());
            }
        }
    }

    private static void gather(JsonNode node, List<JsonNode> into) {
        if (node.isContainerNode()) {
            into.add(node);
            node.forEach(child -> gather(child, into));
        }
    }

    private JsonNode odd() {
        return switch (random.nextInt(10)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.booleanNode(random.nextBoolean());
            case 2 -> NODES.numberNode(random.nextInt());
            case 3 -> NODES.numberNode(random.nextInt(3) - 1);
            case 4 -> NODES.numberNode(Long.MAX_VALUE);
            case 5 -> NODES.numberNode(1e300);
            case 6 -> NODES.arrayNode().add(one(ODD_TEXTS));
            case 7 -> NODES.objectNode().put(one(ODD_TEXTS), one(ODD_TEXTS));
            default -> NODES.textNode(one(ODD_TEXTS));
        };
    }

    private static JsonNode json(String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
