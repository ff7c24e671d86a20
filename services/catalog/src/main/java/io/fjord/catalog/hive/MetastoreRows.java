package io.fjord.catalog.hive;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.catalog.Column;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Some rows of the metastore, and the databases and tables they make up. */
final class MetastoreRows {

    /** What Spark and Hive write into properties for themselves at each statement. */
    private static final Set<String> NOISE = Set.of(
            "transient_lastDdlTime",
            "numFiles",
            "numRows",
            "rawDataSize",
            "totalSize",
            "COLUMN_STATS_ACCURATE",
            "last_modified_time",
            "last_modified_by");

    private static final String ICEBERG_SCHEMA = "current-schema";

    private final Map<String, Map<String, MetastoreRow>> byRelation = new HashMap<>();

    MetastoreRows(Collection<MetastoreRow> rows) {
        rows.forEach(this::put);
    }

    void put(MetastoreRow row) {
        byRelation
                .computeIfAbsent(row.relation(), relation -> new LinkedHashMap<>())
                .put(row.id(), row);
    }

    void remove(MetastoreRow row) {
        byRelation.getOrDefault(row.relation(), new HashMap<>()).remove(row.id());
    }

    MetastoreRows copy() {
        MetastoreRows copy = new MetastoreRows(List.of());
        byRelation.values().forEach(rows -> rows.values().forEach(copy::put));
        return copy;
    }

    Collection<MetastoreRow> all(String relation) {
        return byRelation.getOrDefault(relation, Map.of()).values();
    }

    private @Nullable MetastoreRow one(String relation, String id) {
        return byRelation.getOrDefault(relation, Map.of()).get(id);
    }

    private List<MetastoreRow> ownedBy(String relation, String owner) {
        return all(relation).stream().filter(row -> row.owner().equals(owner)).toList();
    }

    Map<String, HiveDatabase> databases() {
        Map<String, HiveDatabase> databases = new TreeMap<>();
        for (MetastoreRow row : all("DBS")) {
            databases.put(
                    row.id(),
                    new HiveDatabase(
                            row.id(),
                            row.text("NAME"),
                            row.optional("DB_LOCATION_URI"),
                            row.optional("DESC"),
                            row.optional("OWNER_NAME"),
                            properties("DATABASE_PARAMS", row.id())));
        }
        return databases;
    }

    /** By their id; one whose database is not among the rows is left out. */
    Map<String, HiveTable> tables() {
        Map<String, HiveTable> tables = new TreeMap<>();
        Map<String, List<MetastoreRow>> columns = grouped("COLUMNS_V2");
        Map<String, List<MetastoreRow>> keys = grouped("PARTITION_KEYS");
        Map<String, List<MetastoreRow>> parameters = grouped("TABLE_PARAMS");
        for (MetastoreRow row : all("TBLS")) {
            MetastoreRow database = one("DBS", row.owner());
            if (database != null) {
                tables.put(row.id(), table(row, database.text("NAME"), columns, keys, parameters));
            }
        }
        return tables;
    }

    private Map<String, List<MetastoreRow>> grouped(String relation) {
        return all(relation).stream().collect(Collectors.groupingBy(MetastoreRow::owner));
    }

    private HiveTable table(
            MetastoreRow row,
            String database,
            Map<String, List<MetastoreRow>> columns,
            Map<String, List<MetastoreRow>> keys,
            Map<String, List<MetastoreRow>> parameters) {
        MetastoreRow storage = one("SDS", row.refers());
        MetastoreRow serde = storage == null ? null : one("SERDES", storage.refers());
        Map<String, String> all = new TreeMap<>();
        parameters
                .getOrDefault(row.id(), List.of())
                .forEach(one -> all.put(one.text("PARAM_KEY"), one.text("PARAM_VALUE")));
        List<MetastoreRow> partitionKeys = keys.getOrDefault(row.id(), List.of()).stream()
                .sorted(Comparator.comparingLong(one -> one.number("INTEGER_IDX")))
                .toList();
        List<String> partitionedBy =
                partitionKeys.stream().map(one -> one.text("PKEY_NAME")).toList();
        List<Column> described = sparkColumns(all);
        if (described.isEmpty()) {
            described = hiveColumns(
                    storage == null ? List.of() : columns.getOrDefault(storage.owner(), List.of()), partitionKeys);
        }
        Optional<List<Column>> identified = withFieldIds(described, all.get(ICEBERG_SCHEMA));
        Map<String, String> properties = new TreeMap<>(all);
        properties.keySet().removeIf(key -> NOISE.contains(key) || key.startsWith("spark.sql.sources.schema"));
        return new HiveTable(
                HiveTable.id(row.id(), row.number("CREATE_TIME")),
                database,
                row.text("TBL_NAME"),
                row.text("TBL_TYPE"),
                format(all, storage, serde),
                storage == null ? null : storage.optional("LOCATION"),
                row.optional("OWNER"),
                identified.orElse(described),
                identified.isPresent(),
                partitionedBy,
                properties);
    }

    private static List<Column> hiveColumns(List<MetastoreRow> columns, List<MetastoreRow> partitionKeys) {
        List<Column> all = new ArrayList<>();
        columns.stream()
                .sorted(Comparator.comparingLong(one -> one.number("INTEGER_IDX")))
                .forEach(one -> all.add(new Column(
                        all.size() + 1,
                        one.text("COLUMN_NAME"),
                        one.text("TYPE_NAME"),
                        false,
                        one.optional("COMMENT"))));
        partitionKeys.forEach(one -> all.add(new Column(
                all.size() + 1, one.text("PKEY_NAME"), one.text("PKEY_TYPE"), false, one.optional("PKEY_COMMENT"))));
        return all;
    }

    /** Spark's own description, where Hive's types cannot say it: of CSV and JSON tables that is most often the only one. */
    private static List<Column> sparkColumns(Map<String, String> properties) {
        String schema = properties.get("spark.sql.sources.schema");
        if (schema == null) {
            int parts = number(properties.get("spark.sql.sources.schema.numParts"));
            StringBuilder joined = new StringBuilder();
            for (int i = 0; i < parts; i++) {
                joined.append(properties.getOrDefault("spark.sql.sources.schema.part." + i, ""));
            }
            schema = joined.toString();
        }
        if (schema.isEmpty()) {
            return List.of();
        }
        try {
            List<Column> all = new ArrayList<>();
            for (JsonNode field : Json.MAPPER.readTree(schema).path("fields")) {
                all.add(new Column(
                        all.size() + 1,
                        field.path("name").asText(),
                        type(field.path("type")),
                        !field.path("nullable").asBoolean(true),
                        field.path("metadata").path("comment").textValue()));
            }
            return all;
        } catch (JsonProcessingException e) {
            // Longer than its column of the metastore, or not Spark's; Hive's columns tell what there is.
            return List.of();
        }
    }

    /** Iceberg's HiveCatalog writes down the schema with the ids of the fields; empty where these are not all columns of it. */
    private static Optional<List<Column>> withFieldIds(List<Column> columns, @Nullable String schema) {
        if (schema == null) {
            return Optional.empty();
        }
        try {
            Map<String, Integer> ids = new HashMap<>();
            for (JsonNode field : Json.MAPPER.readTree(schema).path("fields")) {
                // The metastore knows names in lower case only.
                ids.put(
                        field.path("name").asText().toLowerCase(Locale.ROOT),
                        field.path("id").asInt());
            }
            List<Column> all = new ArrayList<>();
            for (Column column : columns) {
                Integer id = ids.remove(column.name().toLowerCase(Locale.ROOT));
                if (id == null) {
                    return Optional.empty();
                }
                all.add(new Column(id, column.name(), column.type(), column.required(), column.doc()));
            }
            return ids.isEmpty() ? Optional.of(all) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static String type(JsonNode type) {
        if (type.isTextual()) {
            return switch (type.asText()) {
                case "long" -> "bigint";
                case "integer" -> "int";
                case "short" -> "smallint";
                case "byte" -> "tinyint";
                default -> type.asText();
            };
        }
        return switch (type.path("type").asText()) {
            case "array" -> "array<" + type(type.path("elementType")) + ">";
            case "map" -> "map<" + type(type.path("keyType")) + "," + type(type.path("valueType")) + ">";
            case "struct" -> {
                List<String> fields = new ArrayList<>();
                type.path("fields")
                        .forEach(field -> fields.add(field.path("name").asText() + ":" + type(field.path("type"))));
                yield "struct<" + String.join(",", fields) + ">";
            }
            default -> type.path("type").asText("unknown");
        };
    }

    private static int number(@Nullable String text) {
        return text == null || !text.matches("[0-9]{1,4}") ? 0 : Integer.parseInt(text);
    }

    private static @Nullable String format(
            Map<String, String> properties, @Nullable MetastoreRow storage, @Nullable MetastoreRow serde) {
        if ("iceberg".equalsIgnoreCase(properties.get("table_type"))) {
            return "iceberg";
        }
        String provider = properties.get("spark.sql.sources.provider");
        if (provider != null) {
            return provider.toLowerCase(Locale.ROOT);
        }
        String classes =
                (storage == null ? "" : storage.text("INPUT_FORMAT")) + (serde == null ? "" : serde.text("SLIB"));
        String known = classes.toLowerCase(Locale.ROOT);
        for (String format : List.of("parquet", "orc", "avro", "json", "csv")) {
            if (known.contains(format)) {
                return format;
            }
        }
        return known.contains("text") ? "text" : storage == null ? null : storage.optional("INPUT_FORMAT");
    }

    private Map<String, String> properties(String relation, String owner) {
        Map<String, String> properties = new TreeMap<>();
        ownedBy(relation, owner).forEach(one -> properties.put(one.text("PARAM_KEY"), one.text("PARAM_VALUE")));
        properties.keySet().removeAll(NOISE);
        return properties;
    }
}
