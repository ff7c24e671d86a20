package io.fjord.ingestion.capture;

import java.util.Locale;

/** Which type of Iceberg a column of a database gets: what has none there that all readers know is kept as text. */
final class ColumnTypes {

    private static final int LONGEST_DECIMAL = 38;
    private static final String TEXT = "string";

    private ColumnTypes() {}

    /**
     * @param type as {@code information_schema.columns.data_type} has it; of a domain that of its base
     * @param precision of numerics; 0 for one without limits
     */
    static String postgres(String type, int precision, int scale) {
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "boolean" -> "boolean";
            case "smallint", "integer" -> "int";
            case "bigint", "oid" -> "long";
            case "real" -> "float";
            case "double precision" -> "double";
            case "numeric" -> decimal(precision, scale);
            case "date" -> "date";
            case "timestamp without time zone" -> "timestamp";
            case "timestamp with time zone" -> "timestamptz";
            case "bytea" -> "binary";
            // Spark has no time of day, and reads uuids as text anyway.
            default -> TEXT;
        };
    }

    /**
     * Of MySQL and MariaDB.
     *
     * @param type as {@code information_schema.columns.data_type} has it
     * @param whole as {@code column_type} has it: {@code bigint(20) unsigned}
     */
    static String binlog(String type, String whole, int precision, int scale) {
        boolean unsigned = whole.toLowerCase(Locale.ROOT).contains("unsigned");
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "tinyint", "smallint", "mediumint", "year" -> "int";
            case "int", "integer" -> unsigned ? "long" : "int";
            case "bigint" -> unsigned ? "decimal(20, 0)" : "long";
            case "float" -> "float";
            case "double", "real" -> "double";
            case "decimal", "numeric" -> decimal(precision, scale);
            case "bit" -> whole.equalsIgnoreCase("bit(1)") ? "boolean" : TEXT;
            case "date" -> "date";
            case "datetime" -> "timestamp";
            case "timestamp" -> "timestamptz";
            case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob" -> "binary";
            default -> TEXT;
        };
    }

    private static String decimal(int precision, int scale) {
        boolean fits = precision > 0 && precision <= LONGEST_DECIMAL && scale >= 0 && scale <= precision;
        return fits ? "decimal(" + precision + ", " + scale + ")" : TEXT;
    }
}
