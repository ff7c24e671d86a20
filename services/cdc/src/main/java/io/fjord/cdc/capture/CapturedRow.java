package io.fjord.cdc.capture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * A row as it stands on the topic: {@code {"table", "id", "time", "row": {column: value}}}.
 *
 * @param time in milliseconds
 */
public record CapturedRow(String table, String id, long time, JsonNode row) {

    static CapturedRow of(CapturedTable table, Struct struct) {
        ObjectNode row = Json.MAPPER.createObjectNode();
        for (Field field : struct.schema().fields()) {
            put(row, table, field.name(), struct.get(field));
        }
        return of(table, row);
    }

    static CapturedRow of(CapturedTable table, ResultSet at) throws SQLException {
        ObjectNode row = Json.MAPPER.createObjectNode();
        for (int i = 1; i <= at.getMetaData().getColumnCount(); i++) {
            put(row, table, at.getMetaData().getColumnName(i), at.getObject(i));
        }
        return of(table, row);
    }

    private static CapturedRow of(CapturedTable table, ObjectNode row) {
        return new CapturedRow(
                table.name(),
                row.path(table.id()).asText(),
                row.path(table.time()).asLong(),
                row);
    }

    private static void put(ObjectNode row, CapturedTable table, String column, @Nullable Object value) {
        String name = column.toLowerCase(Locale.ROOT);
        if (value == null || table.leftOut().contains(name)) {
            return;
        }
        if (value instanceof Number number) {
            row.put(name, number.longValue());
        } else {
            row.put(name, value.toString());
        }
    }

    byte[] toJson() {
        try {
            return Json.MAPPER.writeValueAsBytes(Json.MAPPER
                    .createObjectNode()
                    .put("table", table)
                    .put("id", id)
                    .put("time", time)
                    .set("row", row));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A row of texts and numbers is JSON", e);
        }
    }

    /** @throws IllegalArgumentException if it is no such row */
    public static CapturedRow parse(byte[] json) {
        try {
            JsonNode read = Json.MAPPER.readTree(json);
            if (read != null && read.hasNonNull("table") && read.hasNonNull("id")) {
                return new CapturedRow(
                        read.path("table").asText(),
                        read.path("id").asText(),
                        read.path("time").asLong(),
                        read.path("row"));
            }
        } catch (IOException e) {
            // told below
        }
        throw new IllegalArgumentException("This is not a captured row");
    }
}
