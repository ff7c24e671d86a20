package io.fjord.platform.sql;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Rows as one array for each column. PostgreSQL reads {@code select … from unnest(?::text[], ?::bigint[])} several times as fast as
 * {@code values (?, ?), (?, ?) …}, where each value is a parameter of its own, and one statement serves any number of rows.
 *
 * @param select to stand behind {@code insert into …}
 * @param arrays its values
 */
record ColumnArrays(String select, Tuple arrays) {

    private enum Kind {
        TEXT("text[]"),
        BIGINT("bigint[]"),
        INT("int[]"),
        BOOLEAN("boolean[]"),
        BYTES("bytea[]");

        private final String array;

        Kind(String array) {
            this.array = array;
        }

        private static @Nullable Kind of(Object value) {
            if (value instanceof String) {
                return TEXT;
            }
            if (value instanceof Long) {
                return BIGINT;
            }
            if (value instanceof Integer) {
                return INT;
            }
            if (value instanceof Boolean) {
                return BOOLEAN;
            }
            return value instanceof byte[] || value instanceof Buffer ? BYTES : null;
        }

        private Object[] empty(int length) {
            return switch (this) {
                case TEXT -> new String[length];
                case BIGINT -> new Long[length];
                case INT -> new Integer[length];
                case BOOLEAN -> new Boolean[length];
                case BYTES -> new Buffer[length];
            };
        }

        private @Nullable Object converted(@Nullable Object value) {
            return switch (this) {
                case BIGINT -> value instanceof Integer number ? Long.valueOf(number) : value;
                case BYTES -> SqlTx.value(value);
                default -> value;
            };
        }
    }

    /**
     * Columns without any value are written as {@code null}.
     *
     * @param rows of the same width
     * @return empty if they hold values of other types than text, whole numbers, booleans and bytes, or none at all
     */
    static Optional<ColumnArrays> of(List<Tuple> rows, int width) {
        StringJoiner selected = new StringJoiner(", ");
        StringJoiner parameters = new StringJoiner(", ");
        StringJoiner names = new StringJoiner(", ");
        List<Object[]> arrays = new ArrayList<>();
        for (int column = 0; column < width; column++) {
            Kind kind = null;
            for (Tuple row : rows) {
                Object value = row.getValue(column);
                if (value != null) {
                    Kind its = Kind.of(value);
                    if (its == null) {
                        return Optional.empty();
                    }
                    if (kind == null || (kind == Kind.INT && its == Kind.BIGINT)) {
                        kind = its;
                    } else if (its != kind && !(kind == Kind.BIGINT && its == Kind.INT)) {
                        return Optional.empty();
                    }
                }
            }
            if (kind == null) {
                selected.add("null");
                continue;
            }
            Object[] array = kind.empty(rows.size());
            for (int row = 0; row < array.length; row++) {
                array[row] = kind.converted(rows.get(row).getValue(column));
            }
            arrays.add(array);
            String name = "c" + column;
            selected.add("v." + name);
            names.add(name);
            parameters.add("?::" + kind.array);
        }
        if (arrays.isEmpty()) {
            return Optional.empty();
        }
        Tuple values = Tuple.tuple();
        arrays.forEach(values::addValue);
        return Optional.of(new ColumnArrays(
                "select " + selected + " from unnest(" + parameters + ") as v(" + names + ")", values));
    }
}
