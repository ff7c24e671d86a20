package io.fjord.ingestion.spark;

import io.fjord.contract.core.pipeline.PipelineColumn;
import io.fjord.contract.core.pipeline.PipelineTransform;
import io.fjord.contract.core.pipeline.Watermark;
import io.fjord.ingestion.CannotGoOn;
import io.fjord.ingestion.Order;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.QueryPlan;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;
import org.apache.spark.sql.catalyst.plans.logical.ScriptTransformation;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/** The SELECT of a pipeline over its {@code source}: that it only selects, what it yields, and whether it needs to remember. */
final class PipelineSql {

    private static final String SOURCE = "source";

    /** What Spark calls parts of a query that need more than the row before them. */
    private static final Set<String> REMEMBERING = Set.of(
            "Aggregate",
            "Distinct",
            "Deduplicate",
            "DeduplicateWithinWatermark",
            "Join",
            "Window",
            "Intersect",
            "Except",
            "Sort",
            "GlobalLimit",
            "LocalLimit",
            "Offset",
            "Tail");

    private final Dataset<Row> rows;
    private final List<LogicalPlan> nodes;

    private PipelineSql(Dataset<Row> rows) {
        this.rows = rows;
        this.nodes = new ArrayList<>();
        collect(
                ((org.apache.spark.sql.classic.Dataset<Row>) rows)
                        .queryExecution()
                        .analyzed(),
                nodes);
    }

    /**
     * Makes the source of this session and selects from it.
     *
     * @param records as they come from Kafka
     */
    static PipelineSql of(SparkSession session, Order order, Dataset<Row> records, ReadRecords reading)
            throws CannotGoOn {
        PipelineTransform transform = Objects.requireNonNull(order.spec().transform());
        refuseAllButSelect(session, transform.sql());
        Dataset<Row> source = records.mapPartitions(reading, Encoders.row(schema(transform.columns())));
        Watermark watermark = order.spec().watermark();
        if (watermark != null) {
            source = source.withWatermark(watermark.column(), watermark.delaySeconds() + " seconds");
        }
        source.createOrReplaceTempView(SOURCE);
        try {
            return new PipelineSql(session.sql(transform.sql()));
        } catch (Exception e) {
            throw wrong(e);
        }
    }

    private static void refuseAllButSelect(SparkSession session, String sql) throws CannotGoOn {
        LogicalPlan parsed;
        try {
            parsed = session.sessionState().sqlParser().parsePlan(sql);
        } catch (ParseException e) {
            throw wrong(e);
        }
        List<LogicalPlan> nodes = new ArrayList<>();
        collect(parsed, nodes);
        for (LogicalPlan node : nodes) {
            if (node instanceof Command || node instanceof ParsedStatement || node instanceof ScriptTransformation) {
                throw new CannotGoOn("The SQL of a pipeline only selects: it has " + node.nodeName() + ".");
            }
        }
    }

    /** What Spark says of it, in one line. */
    static CannotGoOn wrong(Exception e) {
        String first = String.valueOf(e.getMessage())
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .findFirst()
                .orElse("");
        return new CannotGoOn("Spark does not take the SQL: " + first);
    }

    private static void collect(QueryPlan<?> plan, List<LogicalPlan> into) {
        if (plan instanceof LogicalPlan logical) {
            into.add(logical);
        }
        below(plan.children(), into);
        // Common table expressions, and what stands in brackets.
        below(plan.innerChildren(), into);
        below(plan.subqueries(), into);
    }

    private static void below(scala.collection.Iterable<?> plans, List<LogicalPlan> into) {
        CollectionConverters.asJava(plans).forEach(plan -> collect((QueryPlan<?>) plan, into));
    }

    static StructType schema(List<PipelineColumn> columns) throws CannotGoOn {
        List<StructField> fields = new ArrayList<>();
        for (PipelineColumn column : columns) {
            fields.add(DataTypes.createStructField(column.name(), type(column), !column.required()));
        }
        return DataTypes.createStructType(fields);
    }

    private static DataType type(PipelineColumn column) throws CannotGoOn {
        Type type = Types.fromPrimitiveString(column.type());
        return switch (type.typeId()) {
            case BOOLEAN -> DataTypes.BooleanType;
            case INTEGER -> DataTypes.IntegerType;
            case LONG -> DataTypes.LongType;
            case FLOAT -> DataTypes.FloatType;
            case DOUBLE -> DataTypes.DoubleType;
            case DECIMAL -> {
                Types.DecimalType decimal = (Types.DecimalType) type;
                yield DataTypes.createDecimalType(decimal.precision(), decimal.scale());
            }
            case STRING -> DataTypes.StringType;
            case BINARY -> DataTypes.BinaryType;
            case DATE -> DataTypes.DateType;
            case TIMESTAMP ->
                ((Types.TimestampType) type).shouldAdjustToUTC() ? DataTypes.TimestampType : DataTypes.TimestampNTZType;
            default -> throw new CannotGoOn("Spark has no type for '" + column.name() + "'. Take it as string.");
        };
    }

    Dataset<Row> rows() {
        return rows;
    }

    StructType output() {
        return rows.schema();
    }

    /** Whether it needs the state that earlier batches left. */
    boolean remembers() {
        return nodes.stream().anyMatch(node -> REMEMBERING.contains(node.nodeName()));
    }

    /** Whether rows of it are made of many. */
    boolean aggregates() {
        return nodes.stream().anyMatch(node -> node instanceof Aggregate);
    }
}
