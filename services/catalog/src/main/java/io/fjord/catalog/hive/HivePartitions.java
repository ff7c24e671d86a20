package io.fjord.catalog.hive;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The partitions of a Hive table, as its metastore tells of them. */
public final class HivePartitions {

    private static final Pattern ESCAPED = Pattern.compile("(%[0-9A-Fa-f]{2})+");

    private HivePartitions() {}

    /** A partition as the API shows it; how much is in it stands in no row of the metastore. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record View(
            Map<String, String> partition,
            @Nullable String location,
            @Nullable Instant createdAt) {}

    private record Found(String id, View view) {}

    /** @param table its id, as events tell it */
    public static Future<Page<?>> page(Database database, String table, Call call) {
        String after = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
        return database.query(
                        "SELECT p.id, p.data, s.data AS storage FROM catalog.hive_row p LEFT JOIN catalog.hive_row s ON"
                                + " s.generation = p.generation AND s.relation = 'SDS' AND s.id = p.refers"
                                + " WHERE p.generation = ? AND p.relation = 'PARTITIONS' AND p.owner = ? AND p.id > ?"
                                + " ORDER BY p.id LIMIT ?",
                        MetastoreMirror.CURRENT,
                        HiveTable.row(table),
                        after,
                        call.pageSize() + 1)
                .map(rows -> {
                    List<Found> found = new ArrayList<>();
                    rows.forEach(row -> found.add(new Found(row.getString("id"), view(row))));
                    return Page.of(call, found, one -> List.of(one.id())).map(Found::view);
                });
    }

    private static View view(Row row) {
        Map<String, Object> values = MetastoreMirror.values(row.getString("data"));
        String storage = row.getString("storage");
        Object location =
                storage == null ? null : MetastoreMirror.values(storage).get("LOCATION");
        return new View(
                named(String.valueOf(values.get("PART_NAME"))),
                location == null ? null : location.toString(),
                values.get("CREATE_TIME") instanceof Number seconds && seconds.longValue() > 0
                        ? Instant.ofEpochSecond(seconds.longValue())
                        : null);
    }

    /** {@code day=2026-11-21/hour=13}; what would not fit into the name of a folder is escaped. */
    static Map<String, String> named(String name) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String part : name.split("/")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                values.put(unescaped(part.substring(0, equals)), unescaped(part.substring(equals + 1)));
            }
        }
        return values;
    }

    private static String unescaped(String text) {
        return ESCAPED.matcher(text).replaceAll(match -> {
            String hex = match.group().replace("%", "");
            byte[] bytes = new byte[hex.length() / 2];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
            }
            return java.util.regex.Matcher.quoteReplacement(new String(bytes, StandardCharsets.ISO_8859_1));
        });
    }
}
