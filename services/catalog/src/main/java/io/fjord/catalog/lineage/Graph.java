package io.fjord.catalog.lineage;

import io.fjord.catalog.asset.KnownThings;
import io.fjord.contract.Address;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Walks the lineage hop by hop, each hop with few indexed reads however wide it is, and never without end. */
final class Graph {

    /** More than anybody looks at; what lies behind is said to be left out. */
    static final int MOST_NODES = 2_000;

    static final int MOST_EDGES = 10_000;

    private final Database database;

    Graph(Database database) {
        this.database = database;
    }

    /** @param thing null for what is none of ours */
    record Node(long id, @Nullable Address thing, String namespace, String name, int hops) {}

    record Edge(long from, long to, long job, long firstMicros, long lastMicros) {}

    record ColumnEdge(long from, String fromColumn, long to, String toColumn, String how) {}

    record Job(String namespace, String name, String state, String runId) {}

    /** @param cut whether there is more than was walked */
    record Walked(
            Map<Long, Node> nodes, List<Edge> edges, List<ColumnEdge> columns, Map<Long, Job> jobs, boolean cut) {}

    /**
     * What is asked.
     *
     * @param upstream where it comes from; else where it goes
     * @param untilMicros edges seen first later are not there; null for all
     * @param shown nodes that are not are not walked through either
     */
    record Walk(
            String domain,
            String thingId,
            boolean upstream,
            int depth,
            @Nullable Long untilMicros,
            Predicate<Node> shown) {}

    Future<Walked> walk(Walk walk) {
        long begin = LineageStore.nodeOfThing(walk.domain(), walk.thingId());
        return database.snapshot(tx -> {
            State state = new State(tx, walk);
            return state.nodes(Set.of(begin), 0)
                    .compose(
                            ok -> state.nodes.isEmpty() ? Future.succeededFuture() : state.hop(state.nodes.keySet(), 1))
                    .compose(ok -> state.columns())
                    .compose(ok -> state.jobs())
                    .map(ok -> new Walked(state.nodes, state.edges, state.columns, state.jobs, state.cut));
        });
    }

    private static final class State {

        private final SqlTx tx;
        private final Walk walk;
        private final Map<Long, Node> nodes = new LinkedHashMap<>();
        private final Set<Long> hidden = new HashSet<>();
        private final List<Edge> edges = new ArrayList<>();
        private final List<ColumnEdge> columns = new ArrayList<>();
        private final Map<Long, Job> jobs = new HashMap<>();
        private boolean cut;

        State(SqlTx tx, Walk walk) {
            this.tx = tx;
            this.walk = walk;
        }

        private Future<Void> hop(Collection<Long> frontier, int hops) {
            if (frontier.isEmpty() || hops > walk.depth()) {
                return Future.succeededFuture();
            }
            String near = walk.upstream() ? "to_id" : "from_id";
            String when = walk.untilMicros() == null ? "" : "first_micros <= ? AND ";
            Object[] before = walk.untilMicros() == null ? new Object[0] : new Object[] {walk.untilMicros()};
            return tx.queryIn(
                            "SELECT from_id, to_id, job_id, first_micros, last_micros FROM catalog.lineage_edge WHERE "
                                    + when + near + " IN (??)"
                                    + " LIMIT " + (MOST_EDGES + 1),
                            frontier,
                            before)
                    .compose(rows -> next(rows, hops));
        }

        private Future<Void> next(List<Row> rows, int hops) {
            List<Edge> found = new ArrayList<>();
            Set<Long> fresh = new HashSet<>();
            for (Row row : rows) {
                if (edges.size() + found.size() >= MOST_EDGES) {
                    cut = true;
                    break;
                }
                Edge edge = new Edge(
                        row.getLong("from_id"),
                        row.getLong("to_id"),
                        row.getLong("job_id"),
                        row.getLong("first_micros"),
                        row.getLong("last_micros"));
                long far = walk.upstream() ? edge.from() : edge.to();
                if (!nodes.containsKey(far) && !hidden.contains(far)) {
                    if (nodes.size() + fresh.size() >= MOST_NODES && !fresh.contains(far)) {
                        cut = true;
                        continue;
                    }
                    fresh.add(far);
                }
                found.add(edge);
            }
            return nodes(fresh, hops).compose(ok -> {
                found.stream()
                        .filter(edge -> nodes.containsKey(edge.from()) && nodes.containsKey(edge.to()))
                        .forEach(edges::add);
                fresh.retainAll(nodes.keySet());
                return hop(fresh, hops + 1);
            });
        }

        /** What those numbers stand for, as far as the caller may see it. */
        private Future<Void> nodes(Set<Long> ids, int hops) {
            return tx.queryIn("SELECT id, thing_id, namespace, name FROM catalog.lineage_dataset WHERE id IN (??)", ids)
                    .compose(rows -> {
                        Set<String> things = rows.stream()
                                .map(row -> row.getString("thing_id"))
                                .filter(id -> id != null)
                                .collect(Collectors.toSet());
                        return KnownThings.addresses(tx, things).map(addresses -> {
                            for (Row row : rows) {
                                String thing = row.getString("thing_id");
                                Node node = new Node(
                                        row.getLong("id"),
                                        thing == null ? null : addresses.get(thing),
                                        row.getString("namespace"),
                                        row.getString("name"),
                                        hops);
                                if (walk.shown().test(node)) {
                                    nodes.put(node.id(), node);
                                } else {
                                    hidden.add(node.id());
                                }
                            }
                            return null;
                        });
                    });
        }

        private Future<Void> columns() {
            String when = walk.untilMicros() == null ? "" : "first_micros <= ? AND ";
            Object[] before = walk.untilMicros() == null ? new Object[0] : new Object[] {walk.untilMicros()};
            Set<Long> to = edges.stream().map(Edge::to).collect(Collectors.toSet());
            return tx.queryIn(
                            "SELECT from_id, from_column, to_id, to_column, how FROM catalog.lineage_column_edge WHERE "
                                    + when + "to_id IN (??) LIMIT " + (MOST_EDGES + 1),
                            to,
                            before)
                    .map(rows -> {
                        for (Row row : rows) {
                            if (!nodes.containsKey(row.getLong("from_id"))) {
                                continue;
                            }
                            if (columns.size() >= MOST_EDGES) {
                                cut = true;
                                break;
                            }
                            columns.add(new ColumnEdge(
                                    row.getLong("from_id"),
                                    row.getString("from_column"),
                                    row.getLong("to_id"),
                                    row.getString("to_column"),
                                    row.getString("how")));
                        }
                        return null;
                    });
        }

        private Future<Void> jobs() {
            Set<Long> ids = edges.stream().map(Edge::job).collect(Collectors.toSet());
            return tx.queryIn(
                            "SELECT id, namespace, name, state, run_id FROM catalog.lineage_job WHERE id IN (??)", ids)
                    .map(rows -> {
                        rows.forEach(row -> jobs.put(
                                row.getLong("id"),
                                new Job(
                                        row.getString("namespace"),
                                        row.getString("name"),
                                        row.getString("state"),
                                        row.getString("run_id"))));
                        return null;
                    });
        }
    }
}
