package io.fjord.sql.result;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A column of a result as the API shows it.
 *
 * @param type in Spark SQL's words: {@code bigint}, {@code decimal(10,2)}, {@code array<string>}
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Column(String name, String type, boolean nullable) {

    public static List<Column> of(Schema schema) {
        return schema.getFields().stream()
                .map(field -> new Column(field.getName(), type(field), field.isNullable()))
                .toList();
    }

    private static String type(Field field) {
        ArrowType type = field.getType();
        List<Field> children = field.getChildren();
        if (type instanceof ArrowType.Int number) {
            return integer(number);
        }
        if (type instanceof ArrowType.FloatingPoint number) {
            return switch (number.getPrecision()) {
                case HALF, SINGLE -> "float";
                case DOUBLE -> "double";
            };
        }
        if (type instanceof ArrowType.Decimal number) {
            return "decimal(" + number.getPrecision() + "," + number.getScale() + ")";
        }
        if (type instanceof ArrowType.Timestamp time) {
            return time.getTimezone() == null ? "timestamp_ntz" : "timestamp";
        }
        if (type instanceof ArrowType.Struct) {
            return children.stream()
                    .map(child -> child.getName() + ":" + type(child))
                    .collect(Collectors.joining(",", "struct<", ">"));
        }
        if (type instanceof ArrowType.Map) {
            List<Field> entry = children.get(0).getChildren();
            return "map<" + type(entry.get(0)) + "," + type(entry.get(1)) + ">";
        }
        return switch (type.getTypeID()) {
            case Utf8, LargeUtf8, Utf8View -> "string";
            case Binary, LargeBinary, FixedSizeBinary, BinaryView -> "binary";
            case Bool -> "boolean";
            case Date -> "date";
            case Time -> "time";
            case Interval, Duration -> "interval";
            case List, LargeList, FixedSizeList, ListView, LargeListView -> "array<" + type(children.get(0)) + ">";
            case Null -> "void";
            default -> type.getTypeID().name().toLowerCase(Locale.ROOT);
        };
    }

    private static String integer(ArrowType.Int number) {
        String name = switch (number.getBitWidth()) {
            case 8 -> "tinyint";
            case 16 -> "smallint";
            case 32 -> "int";
            default -> "bigint";
        };
        return number.getIsSigned() ? name : name + " unsigned";
    }
}
