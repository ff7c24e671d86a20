package io.fjord.core.pipeline;

import io.fjord.contract.Problem.Fault;
import io.fjord.contract.Topics;
import io.fjord.contract.core.pipeline.PipelineColumn;
import io.fjord.contract.core.pipeline.PipelineEngine;
import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.PipelineSource;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.contract.core.pipeline.PipelineTarget;
import io.fjord.contract.core.pipeline.PipelineTransform;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import io.fjord.contract.core.pipeline.Watermark;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is wrong with a pipeline as somebody wishes it, all of it at once. */
final class PipelineFaults {

    /** Those of Iceberg that JSON has values for. */
    private static final Pattern TYPE = Pattern.compile("boolean|int|long|float|double|date|time|timestamp|timestamptz"
            + "|string|uuid|binary|decimal\\((?:[1-9]|[12][0-9]|3[0-8]), ?[0-9]{1,2}\\)");

    private static final Set<String> TIMES = Set.of("timestamp", "timestamptz", "long");
    private static final Set<String> NOT_IN_SQL = Set.of("time", "uuid");
    private static final Pattern COLUMN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
    private static final Pattern PARTITION = Pattern.compile("(?:(identity|year|month|day|hour)\\((?<of>[^,()]+)\\)"
            + "|(bucket|truncate)\\([1-9][0-9]{0,5}, ?(?<by>[^,()]+)\\)|(?<plain>[^,()]+))");

    private static final String RESERVED_TOPICS = "fjord.";

    private final List<Fault> faults = new ArrayList<>();

    static List<Fault> of(PipelineSpec spec, @Nullable PipelinePosition from) {
        PipelineFaults found = new PipelineFaults();
        found.source(spec.source());
        if (spec.source().database() != null) {
            found.database(spec);
        }
        found.target(spec.target());
        found.upsert(spec);
        PipelineTransform transform = spec.transform();
        found.watermark(spec.watermark(), transform == null ? spec.target().columns() : transform.columns());
        if (transform != null) {
            found.transform(transform, spec);
        }
        if (from != null) {
            found.position("/from", from);
            found.wholeTable("/from", spec.source(), from);
        }
        return found.faults;
    }

    /** Of a position for a source that is there already. */
    static List<Fault> of(PipelineSource source, PipelinePosition from) {
        PipelineFaults found = new PipelineFaults();
        found.wholeTable("", source, from);
        return found.faults;
    }

    static List<Fault> of(PipelinePosition from) {
        PipelineFaults found = new PipelineFaults();
        found.position("", from);
        return found.faults;
    }

    private void source(PipelineSource source) {
        long given = Stream.of(source.stream(), source.topic(), source.database())
                .filter(one -> one != null)
                .count();
        if (given != 1) {
            fault("/source", "must have one of `stream`, `topic` and `database`");
        }
        String topic = source.topic();
        boolean reserved = topic != null && (topic.startsWith(RESERVED_TOPICS) || topic.startsWith("__"));
        // What everybody who may export the record may read anyway.
        if (reserved && !Topics.AUDIT_LOG.equals(topic)) {
            fault("/source/topic", "is one of the platform's own; an event stream is named as `stream`");
        }
    }

    private void database(PipelineSpec spec) {
        new DatabaseFaults(faults).of(Objects.requireNonNull(spec.source().database()));
        if (spec.mode() == PipelineMode.APPEND) {
            fault("/mode", "must be upsert, or be left out: the table becomes a copy of the database's");
        }
        if (spec.keys() != null) {
            fault("/keys", "must be left out: rows are known by the primary key of the database's table");
        }
        if (spec.target().columns() != null) {
            fault("/target/columns", "must be left out: they are those of the database's table");
        }
        if (spec.engine() == PipelineEngine.SPARK) {
            fault("/engine", "must be direct, or be left out, for a database");
        }
        if (spec.parallelism() != 1) {
            fault("/parallelism", "must be 1: the changes of a table have one order");
        }
    }

    private void wholeTable(String at, PipelineSource source, PipelinePosition from) {
        if (source.database() != null && !PipelinePosition.EARLIEST.equals(from.at())) {
            fault(at, "must be {\"at\": \"earliest\"}: of a database the whole table is read again, or nothing");
        }
    }

    /** @return their names */
    private Set<String> columns(String pointer, List<PipelineColumn> columns) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < columns.size(); i++) {
            PipelineColumn column = columns.get(i);
            String at = pointer + "/" + i;
            if (!COLUMN.matcher(column.name()).matches()) {
                fault(at + "/name", "must be letters, digits and _, and not begin with a digit");
            } else if (!names.add(column.name())) {
                fault(at + "/name", "is there twice");
            }
            if (!TYPE.matcher(column.type()).matches()) {
                fault(
                        at + "/type",
                        "must be boolean, int, long, float, double, decimal(p, s), date, time, timestamp, timestamptz,"
                                + " string, uuid or binary");
            }
        }
        return names;
    }

    private void target(PipelineTarget target) {
        List<PipelineColumn> columns = target.columns();
        Set<String> names = columns == null ? Set.of() : columns("/target/columns", columns);
        List<String> partitioning = target.partitioning() == null ? List.of() : target.partitioning();
        for (int i = 0; i < partitioning.size(); i++) {
            String at = "/target/partitioning/" + i;
            Matcher matcher = PARTITION.matcher(partitioning.get(i));
            if (!matcher.matches()) {
                fault(at, "must be as `carrier`, `day(at)`, `bucket(16, id)` or `truncate(4, code)`");
                continue;
            }
            String of = Stream.of("of", "by", "plain")
                    .map(matcher::group)
                    .filter(group -> group != null)
                    .findFirst()
                    .orElse("")
                    .strip();
            unknown(at, of, columns, names);
        }
    }

    private void upsert(PipelineSpec spec) {
        List<String> keys = spec.keys() == null ? List.of() : spec.keys();
        boolean known = spec.source().database() != null;
        if (spec.mode() == PipelineMode.UPSERT && keys.isEmpty() && !known) {
            fault("/keys", "must name the columns a row is known by: the mode is upsert");
        }
        if (spec.mode() == PipelineMode.APPEND && !keys.isEmpty() && !known) {
            fault("/keys", "are for the mode upsert");
        }
        if (spec.mode() == PipelineMode.UPSERT && spec.watermark() != null && spec.transform() == null) {
            fault("/watermark", "is for the mode append: of an upsert the newest record counts, however late");
        }
        if (spec.mode() == PipelineMode.UPSERT
                && spec.target().partitioning() != null
                && !spec.target().partitioning().isEmpty()) {
            fault("/target/partitioning", "is for the mode append");
        }
        List<PipelineColumn> columns = spec.target().columns();
        Set<String> names = new HashSet<>();
        if (columns != null) {
            columns.forEach(column -> names.add(column.name()));
        }
        for (int i = 0; i < keys.size(); i++) {
            unknown("/keys/" + i, keys.get(i), columns, names);
        }
    }

    private void transform(PipelineTransform transform, PipelineSpec spec) {
        if (spec.engine() == PipelineEngine.DIRECT) {
            fault("/transform", "is for the engine spark: say `\"engine\": \"spark\"`, or leave the SQL out");
        }
        if (spec.evolution() == SchemaEvolution.ADD_COLUMNS) {
            fault("/evolution", "must be refuse with SQL: the columns are those it selects");
        }
        String wrong = SelectCheck.fault(transform.sql());
        if (wrong != null) {
            fault("/transform/sql", wrong);
        }
        columns("/transform/columns", transform.columns());
        for (int i = 0; i < transform.columns().size(); i++) {
            if (NOT_IN_SQL.contains(transform.columns().get(i).type())) {
                fault("/transform/columns/" + i + "/type", "is none that Spark has; take it as string");
            }
        }
        Watermark watermark = spec.watermark();
        if (watermark != null
                && transform.columns().stream()
                        .anyMatch(column -> column.name().equals(watermark.column())
                                && column.type().equals("long"))) {
            fault("/watermark/column", "must be of type timestamp or timestamptz with SQL");
        }
    }

    private void watermark(@Nullable Watermark watermark, @Nullable List<PipelineColumn> columns) {
        if (watermark == null || columns == null) {
            return;
        }
        boolean isTime = columns.stream()
                .anyMatch(column -> column.name().equals(watermark.column()) && TIMES.contains(column.type()));
        if (!isTime) {
            fault(
                    "/watermark/column",
                    "must be a column of type timestamp or timestamptz, or long (milliseconds since 1970)");
        }
    }

    private void position(String at, PipelinePosition from) {
        long given = Stream.of(from.at(), from.offsets(), from.time(), from.snapshot())
                .filter(one -> one != null)
                .count();
        if (given != 1) {
            fault(at, "must have one of `at`, `offsets`, `time` and `snapshot`");
        }
    }

    private void unknown(String at, String column, @Nullable List<PipelineColumn> columns, Set<String> names) {
        if (columns != null && !names.contains(column)) {
            fault(at, "'" + column + "' is none of the columns");
        }
    }

    private void fault(String pointer, String what) {
        faults.add(new Fault(pointer, what));
    }
}
