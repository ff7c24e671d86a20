package io.fjord.runtime.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.CommandResult;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.MergeRows;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Which columns the rows of a MERGE are made of. OpenLineage's agent does not look into what a MERGE does with each row and says
 * that the target's columns come from themselves.
 */
final class MergeColumns {

    /** A column of a table, with the name the table has in its catalog. */
    private record Source(String table, String column) implements Comparable<Source> {
        @Override
        public int compareTo(Source other) {
            var byTable = table.compareTo(other.table);
            return byTable != 0 ? byTable : column.compareTo(other.column);
        }
    }

    private final Map<ExprId, Set<ExprId>> madeOf = new HashMap<>();
    private final Map<ExprId, Source> columns = new HashMap<>();
    private final Map<String, Set<ExprId>> written = new TreeMap<>();

    private MergeColumns() {}

    /** Adds to what an event says of an output's columns; does nothing if the plan has no MERGE in it. */
    static void fill(Told event, LogicalPlan plan) {
        var merge = new MergeColumns();
        merge.read(plan);
        if (!merge.written.isEmpty()) {
            merge.tell(event.json());
        }
    }

    // Reading the plan

    private void read(LogicalPlan node) {
        if (node instanceof MergeRows merge) {
            for (var instructions : List.of(
                    merge.matchedInstructions(),
                    merge.notMatchedInstructions(),
                    merge.notMatchedBySourceInstructions())) {
                CollectionConverters.asJava(instructions)
                        .forEach(instruction -> CollectionConverters.asJava(instruction.outputs())
                                .forEach(row -> row(merge, CollectionConverters.asJava(row))));
            }
        } else if (node instanceof DataSourceV2Relation relation
                && relation.identifier().isDefined()) {
            var identifier = relation.identifier().get();
            var parts = new ArrayList<>(List.of(identifier.namespace()));
            parts.add(identifier.name());
            var table = String.join(".", parts);
            CollectionConverters.asJava(relation.output())
                    .forEach(column -> columns.put(column.exprId(), new Source(table, column.name())));
        } else if (node instanceof Union union) {
            CollectionConverters.asJava(union.children())
                    .forEach(child -> same(
                            CollectionConverters.asJava(union.output()), CollectionConverters.asJava(child.output())));
        } else if (node instanceof Generate generate) {
            var from = ids((Expression) generate.generator());
            CollectionConverters.asJava(generate.generatorOutput()).forEach(column -> isMadeOf(column.exprId(), from));
        } else if (node instanceof CommandResult command) {
            read(command.commandLogicalPlan());
        }
        CollectionConverters.asJava(node.expressions()).forEach(expression -> {
            if (expression instanceof Alias alias) {
                isMadeOf(alias.exprId(), ids(alias.child()));
            }
        });
        CollectionConverters.asJava(node.children()).forEach(this::read);
    }

    private void row(MergeRows merge, List<Expression> row) {
        var output = CollectionConverters.asJava(merge.output());
        for (var i = 0; i < Math.min(output.size(), row.size()); i++) {
            written.computeIfAbsent(output.get(i).name(), none -> new HashSet<>())
                    .addAll(ids(row.get(i)));
        }
    }

    private void same(List<Attribute> outer, List<Attribute> inner) {
        for (var i = 0; i < Math.min(outer.size(), inner.size()); i++) {
            isMadeOf(outer.get(i).exprId(), Set.of(inner.get(i).exprId()));
        }
    }

    private void isMadeOf(ExprId column, Set<ExprId> from) {
        madeOf.computeIfAbsent(column, none -> new HashSet<>()).addAll(from);
    }

    private static Set<ExprId> ids(Expression expression) {
        var ids = new HashSet<ExprId>();
        for (var all = expression.references().iterator(); all.hasNext(); ) {
            ids.add(all.next().exprId());
        }
        return ids;
    }

    private Set<Source> sources(Set<ExprId> ids) {
        var sources = new TreeSet<Source>();
        var seen = new HashSet<ExprId>();
        var next = new ArrayList<>(ids);
        while (!next.isEmpty()) {
            var id = next.remove(next.size() - 1);
            if (seen.add(id)) {
                var column = columns.get(id);
                if (column != null) {
                    sources.add(column);
                }
                next.addAll(madeOf.getOrDefault(id, Set.of()));
            }
        }
        return sources;
    }

    // Telling

    private void tell(ObjectNode event) {
        var inputs = byTable(event.path("inputs"));
        for (var output : event.path("outputs")) {
            var fields = output.path("facets").path("columnLineage").path("fields");
            if (fields instanceof ObjectNode known) {
                written.forEach((column, ids) -> sources(ids).forEach(source -> {
                    var input = inputs.get(source.table());
                    if (input != null && known.has(column)) {
                        add(
                                known.withArray("/" + column.replace("~", "~0").replace("/", "~1") + "/inputFields"),
                                input,
                                source);
                    }
                }));
            }
        }
    }

    /** Datasets are called by where their files lie; their symlinks say what the catalog calls them. */
    private static Map<String, JsonNode> byTable(JsonNode inputs) {
        var tables = new HashMap<String, JsonNode>();
        inputs.forEach(input -> input.path("facets")
                .path("symlinks")
                .path("identifiers")
                .forEach(name -> tables.put(name.path("name").asText(), input)));
        return tables;
    }

    private static void add(ArrayNode fields, JsonNode input, Source source) {
        for (var field : fields) {
            if (field.path("namespace").equals(input.path("namespace"))
                    && field.path("name").equals(input.path("name"))
                    && field.path("field").asText().equals(source.column())) {
                return;
            }
        }
        var field = fields.addObject();
        field.set("namespace", input.path("namespace"));
        field.set("name", input.path("name"));
        field.put("field", source.column());
        field.putArray("transformations")
                .addObject()
                .put("type", "DIRECT")
                .put("subtype", "TRANSFORMATION")
                .put("description", "MERGE")
                .put("masking", false);
    }
}
