package io.fjord.runtime.hive;

import io.fjord.runtime.CatalogMetadata;
import java.sql.DatabaseMetaData;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;

/** The metadata results of HiveServer2, column for column as {@link DatabaseMetaData} names them. */
final class HiveMetadata {

    static final StructType CATALOGS = texts("TABLE_CAT");
    static final StructType SCHEMAS = texts("TABLE_SCHEM", "TABLE_CATALOG");
    static final StructType TABLES = texts(
            "TABLE_CAT",
            "TABLE_SCHEM",
            "TABLE_NAME",
            "TABLE_TYPE",
            "REMARKS",
            "TYPE_CAT",
            "TYPE_SCHEM",
            "TYPE_NAME",
            "SELF_REFERENCING_COL_NAME",
            "REF_GENERATION");
    static final StructType TABLE_TYPES = texts("TABLE_TYPE");
    static final StructType COLUMNS = texts("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME")
            .add("DATA_TYPE", DataTypes.IntegerType)
            .add("TYPE_NAME", DataTypes.StringType)
            .add("COLUMN_SIZE", DataTypes.IntegerType)
            .add("BUFFER_LENGTH", DataTypes.ByteType)
            .add("DECIMAL_DIGITS", DataTypes.IntegerType)
            .add("NUM_PREC_RADIX", DataTypes.IntegerType)
            .add("NULLABLE", DataTypes.IntegerType)
            .add("REMARKS", DataTypes.StringType)
            .add("COLUMN_DEF", DataTypes.StringType)
            .add("SQL_DATA_TYPE", DataTypes.IntegerType)
            .add("SQL_DATETIME_SUB", DataTypes.IntegerType)
            .add("CHAR_OCTET_LENGTH", DataTypes.IntegerType)
            .add("ORDINAL_POSITION", DataTypes.IntegerType)
            .add("IS_NULLABLE", DataTypes.StringType)
            .add("SCOPE_CATALOG", DataTypes.StringType)
            .add("SCOPE_SCHEMA", DataTypes.StringType)
            .add("SCOPE_TABLE", DataTypes.StringType)
            .add("SOURCE_DATA_TYPE", DataTypes.ShortType)
            .add("IS_AUTO_INCREMENT", DataTypes.StringType);
    static final StructType TYPE_INFO = texts("TYPE_NAME")
            .add("DATA_TYPE", DataTypes.IntegerType)
            .add("PRECISION", DataTypes.IntegerType)
            .add("LITERAL_PREFIX", DataTypes.StringType)
            .add("LITERAL_SUFFIX", DataTypes.StringType)
            .add("CREATE_PARAMS", DataTypes.StringType)
            .add("NULLABLE", DataTypes.ShortType)
            .add("CASE_SENSITIVE", DataTypes.BooleanType)
            .add("SEARCHABLE", DataTypes.ShortType)
            .add("UNSIGNED_ATTRIBUTE", DataTypes.BooleanType)
            .add("FIXED_PREC_SCALE", DataTypes.BooleanType)
            .add("AUTO_INCREMENT", DataTypes.BooleanType)
            .add("LOCAL_TYPE_NAME", DataTypes.StringType)
            .add("MINIMUM_SCALE", DataTypes.ShortType)
            .add("MAXIMUM_SCALE", DataTypes.ShortType)
            .add("SQL_DATA_TYPE", DataTypes.IntegerType)
            .add("SQL_DATETIME_SUB", DataTypes.IntegerType)
            .add("NUM_PREC_RADIX", DataTypes.IntegerType);
    static final StructType FUNCTIONS = texts("FUNCTION_CAT", "FUNCTION_SCHEM", "FUNCTION_NAME", "REMARKS")
            .add("FUNCTION_TYPE", DataTypes.IntegerType)
            .add("SPECIFIC_NAME", DataTypes.StringType);
    static final StructType PRIMARY_KEYS = texts("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME")
            .add("KEY_SEQ", DataTypes.IntegerType)
            .add("PK_NAME", DataTypes.StringType);
    static final StructType CROSS_REFERENCE = texts(
                    "PKTABLE_CAT",
                    "PKTABLE_SCHEM",
                    "PKTABLE_NAME",
                    "PKCOLUMN_NAME",
                    "FKTABLE_CAT",
                    "FKTABLE_SCHEM",
                    "FKTABLE_NAME",
                    "FKCOLUMN_NAME")
            .add("KEY_SEQ", DataTypes.IntegerType)
            .add("UPDATE_RULE", DataTypes.IntegerType)
            .add("DELETE_RULE", DataTypes.IntegerType)
            .add("FK_NAME", DataTypes.StringType)
            .add("PK_NAME", DataTypes.StringType)
            .add("DEFERRABILITY", DataTypes.IntegerType);

    // Spark's reserved words that SQL:2003 does not already reserve.
    static final String KEYWORDS =
            "ANTI,CACHE,CLUSTER,DISTRIBUTE,LATERAL,MINUS,OVERWRITE,QUALIFY,REFRESH,SEMI,TRANSFORM,UNCACHE";

    private HiveMetadata() {}

    private static StructType texts(String... names) {
        var type = new StructType();
        for (var name : names) {
            type = type.add(name, DataTypes.StringType);
        }
        return type;
    }

    static List<Row> catalogs(CatalogMetadata catalogs) {
        return catalogs.catalogs().stream().map(name -> RowFactory.create(name)).toList();
    }

    static List<Row> schemas(CatalogMetadata catalogs, @Nullable String catalog, @Nullable String schema) {
        return catalogs.schemas(catalog, schema).stream()
                .map(found -> RowFactory.create(found.name(), found.catalog()))
                .toList();
    }

    static List<Row> tables(
            CatalogMetadata catalogs,
            @Nullable String catalog,
            @Nullable String schema,
            @Nullable String table,
            @Nullable List<String> types) {
        return catalogs.tables(catalog, schema, table, types).stream()
                .map(found -> RowFactory.create(
                        found.catalog(), found.schema(), found.name(), found.type(), "", null, null, null, null, null))
                .toList();
    }

    static List<Row> tableTypes() {
        return List.of(RowFactory.create(CatalogMetadata.TABLE), RowFactory.create(CatalogMetadata.VIEW));
    }

    static List<Row> columns(
            CatalogMetadata catalogs,
            @Nullable String catalog,
            @Nullable String schema,
            @Nullable String table,
            @Nullable String column) {
        var like = CatalogMetadata.like(column);
        var rows = new ArrayList<Row>();
        for (var found : catalogs.tables(catalog, schema, table, null)) {
            var type = catalogs.columns(found);
            if (type == null) {
                continue;
            }
            var position = 0;
            for (var field : type.fields()) {
                position++;
                if (like.test(field.name())) {
                    rows.add(column(found, field, position));
                }
            }
        }
        return rows;
    }

    private static Row column(CatalogMetadata.Table table, org.apache.spark.sql.types.StructField field, int position) {
        var type = field.dataType();
        return RowFactory.create(
                table.catalog(),
                table.schema(),
                table.name(),
                field.name(),
                jdbcType(type),
                type.sql(),
                size(type),
                null,
                digits(type),
                radix(type),
                field.nullable() ? DatabaseMetaData.columnNullable : DatabaseMetaData.columnNoNulls,
                field.getComment().getOrElse(() -> ""),
                null,
                null,
                null,
                null,
                position,
                field.nullable() ? "YES" : "NO",
                null,
                null,
                null,
                null,
                "NO");
    }

    static int jdbcType(DataType type) {
        if (type instanceof BooleanType) {
            return Types.BOOLEAN;
        } else if (type instanceof ByteType) {
            return Types.TINYINT;
        } else if (type instanceof ShortType) {
            return Types.SMALLINT;
        } else if (type instanceof IntegerType) {
            return Types.INTEGER;
        } else if (type instanceof LongType) {
            return Types.BIGINT;
        } else if (type instanceof FloatType) {
            return Types.FLOAT;
        } else if (type instanceof DoubleType) {
            return Types.DOUBLE;
        } else if (type instanceof DecimalType) {
            return Types.DECIMAL;
        } else if (type instanceof StringType) {
            return Types.VARCHAR;
        } else if (type instanceof BinaryType) {
            return Types.BINARY;
        } else if (type instanceof DateType) {
            return Types.DATE;
        } else if (type instanceof TimestampType || type instanceof TimestampNTZType) {
            return Types.TIMESTAMP;
        } else if (type instanceof ArrayType) {
            return Types.ARRAY;
        } else if (type instanceof MapType) {
            return Types.JAVA_OBJECT;
        } else if (type instanceof StructType) {
            return Types.STRUCT;
        } else if (type instanceof NullType) {
            return Types.NULL;
        }
        return Types.OTHER;
    }

    private static @Nullable Integer size(DataType type) {
        if (type instanceof DecimalType decimal) {
            return decimal.precision();
        } else if (type instanceof StringType || type instanceof BinaryType) {
            return Integer.MAX_VALUE;
        } else if (type instanceof BooleanType) {
            return 1;
        } else if (type instanceof ByteType) {
            return 3;
        } else if (type instanceof ShortType) {
            return 5;
        } else if (type instanceof IntegerType || type instanceof DateType) {
            return 10;
        } else if (type instanceof LongType) {
            return 19;
        } else if (type instanceof FloatType) {
            return 7;
        } else if (type instanceof DoubleType) {
            return 15;
        } else if (type instanceof TimestampType || type instanceof TimestampNTZType) {
            return 29;
        }
        return null;
    }

    private static @Nullable Integer digits(DataType type) {
        if (type instanceof DecimalType decimal) {
            return decimal.scale();
        } else if (type instanceof FloatType) {
            return 7;
        } else if (type instanceof DoubleType) {
            return 15;
        } else if (type instanceof TimestampType || type instanceof TimestampNTZType) {
            return 6;
        }
        return radix(type) == null ? null : 0;
    }

    private static @Nullable Integer radix(DataType type) {
        return type instanceof org.apache.spark.sql.types.NumericType ? 10 : null;
    }

    static List<Row> typeInfo() {
        return List.of(
                type("BOOLEAN", DataTypes.BooleanType),
                type("TINYINT", DataTypes.ByteType),
                type("SMALLINT", DataTypes.ShortType),
                type("INT", DataTypes.IntegerType),
                type("BIGINT", DataTypes.LongType),
                type("FLOAT", DataTypes.FloatType),
                type("DOUBLE", DataTypes.DoubleType),
                type("DECIMAL", DataTypes.createDecimalType(38, 18)),
                type("STRING", DataTypes.StringType),
                type("BINARY", DataTypes.BinaryType),
                type("DATE", DataTypes.DateType),
                type("TIMESTAMP", DataTypes.TimestampType),
                type("TIMESTAMP_NTZ", DataTypes.TimestampNTZType),
                type("ARRAY", DataTypes.createArrayType(DataTypes.StringType)),
                type("MAP", DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType)),
                type("STRUCT", new StructType()),
                type("VOID", DataTypes.NullType));
    }

    private static Row type(String name, DataType type) {
        var number = radix(type) != null;
        var quoted = type instanceof StringType;
        var scales = type instanceof DecimalType;
        return RowFactory.create(
                name,
                jdbcType(type),
                size(type),
                quoted ? "'" : null,
                quoted ? "'" : null,
                scales ? "precision,scale" : null,
                (short) DatabaseMetaData.typeNullable,
                quoted,
                (short) DatabaseMetaData.typeSearchable,
                !number,
                false,
                false,
                null,
                (short) 0,
                (short) (scales ? 38 : 0),
                null,
                null,
                number ? 10 : null);
    }

    /** Spark's built-in functions and those of the session; JDBC's pattern says which. */
    static List<Row> functions(SparkSession spark, @Nullable String pattern) {
        var like = CatalogMetadata.like(pattern);
        var names = new java.util.TreeMap<String, String>();
        for (var function : scala.jdk.javaapi.CollectionConverters.asJava(
                spark.sessionState().functionRegistry().listFunction())) {
            if (like.test(function.funcName())) {
                var described = spark.sessionState().functionRegistry().lookupFunction(function);
                names.put(
                        function.funcName(),
                        described.isDefined() ? described.get().getClassName() : "");
            }
        }
        return names.entrySet().stream()
                .map(entry -> RowFactory.create(
                        null, null, entry.getKey(), "", DatabaseMetaData.functionResultUnknown, entry.getValue()))
                .toList();
    }
}
