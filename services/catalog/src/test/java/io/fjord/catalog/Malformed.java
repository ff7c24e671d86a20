package io.fjord.catalog;

import java.util.List;
import java.util.Random;

/** Bodies nobody should send: random JSON of the words Iceberg's requests are made of, and what is no JSON at all. */
final class Malformed {

    private static final List<String> NAMES = List.of(
            "name",
            "namespace",
            "properties",
            "updates",
            "removals",
            "schema",
            "location",
            "stage-create",
            "partition-spec",
            "write-order",
            "requirements",
            "identifier",
            "action",
            "type",
            "snapshot",
            "snapshot-id",
            "ref",
            "ref-name",
            "metadata-location",
            "overwrite",
            "source",
            "destination",
            "table-changes",
            "view-version",
            "fields",
            "schema-id",
            "format-version",
            "report-type",
            "uri",
            "method",
            "region",
            "headers",
            "page-size",
            "operation-types");

    private static final List<String> WORDS = List.of(
            "struct",
            "set-properties",
            "add-snapshot",
            "add-schema",
            "set-snapshot-ref",
            "assert-create",
            "assert-ref-snapshot-id",
            "assert-table-uuid",
            "upgrade-format-version",
            "set-location",
            "s3://lakehouse/other/x",
            "branch",
            "main",
            "scan-report",
            "GET",
            "\\u0000",
            "\\ud800",
            "");

    private Malformed() {}

    static String body(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> "";
            case 1 -> "{";
            case 2 -> "null";
            case 3 -> "[]";
            case 4 -> "\u0000\u00ff{}";
            case 5 -> "[".repeat(2_000);
            default -> object(random, 3);
        };
    }

    private static String object(Random random, int depth) {
        StringBuilder text = new StringBuilder("{");
        int size = random.nextInt(6);
        for (int i = 0; i < size; i++) {
            text.append(i == 0 ? "" : ",")
                    .append('"')
                    .append(NAMES.get(random.nextInt(NAMES.size())))
                    .append("\":")
                    .append(value(random, depth));
        }
        return text.append('}').toString();
    }

    private static String value(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 6 : 9)) {
            case 0 -> "null";
            case 1 -> "true";
            case 2 -> "-1";
            case 3 -> "99999999999999999999";
            case 4 -> "1.5";
            case 5 -> "\"" + WORDS.get(random.nextInt(WORDS.size())) + "\"";
            case 6 -> "[" + value(random, depth - 1) + "," + value(random, depth - 1) + "]";
            default -> object(random, depth - 1);
        };
    }
}
