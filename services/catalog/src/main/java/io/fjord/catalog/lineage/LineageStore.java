package io.fjord.catalog.lineage;

import io.fjord.catalog.asset.KnownThings;
import io.fjord.catalog.hive.HiveCapability;
import io.fjord.catalog.lineage.Told.Dataset;
import io.fjord.catalog.lineage.Told.Flow;
import io.fjord.catalog.lineage.Told.Name;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.EntryName;
import io.fjord.kernel.Ids;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlTx;
import io.fjord.platform.sql.Table;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes what OpenLineage tells: the events as they came, and the edges they make, in one transaction. */
final class LineageStore {

    private static final String DEFAULT_CATALOG = "default";
    private static final int MOST_COLUMN_NAME = 255;

    private final Database database;

    LineageStore(Database database) {
        this.database = database;
    }

    /** The number a thing of ours goes by, renamed or not. */
    static long nodeOfThing(String domain, String thingId) {
        return number("thing", domain, thingId);
    }

    private static long nodeOfName(String domain, String namespace, String name) {
        return number("name", domain, namespace, name);
    }

    private static long number(String... parts) {
        return Long.parseUnsignedLong(
                Ids.sha256(String.join("\u0000", parts).getBytes(StandardCharsets.UTF_8))
                        .substring(0, 16),
                16);
    }

    /** One node of the graph. */
    private record Node(long id, @Nullable String thingId, String namespace, String name) {}

    /** What was told before has no effect again. */
    Future<Void> save(String domain, String actor, List<Told> events, Instant now) {
        return database.transaction(tx -> KnownThings.resolve(tx, domain, places(events), names(domain, events))
                .compose(things -> save(tx, domain, actor, events, things, now)));
    }

    /** Of tables in a Hive Metastore the catalog hears when their commit was captured, a moment after whoever made them. */
    Future<Boolean> knowsTablesOfHive(String domain, List<Told> events) {
        List<Dataset> ofHive = new ArrayList<>();
        each(events, dataset -> {
            if (dataset.symlinks().stream().anyMatch(LineageStore::isOfHive)) {
                ofHive.add(dataset);
            }
        });
        return ofHive.isEmpty()
                ? Future.succeededFuture(true)
                : database.transaction(tx -> KnownThings.resolve(tx, domain, places(events), names(domain, events)))
                        .map(things -> ofHive.stream().noneMatch(dataset -> known(domain, dataset, things) == null));
    }

    private static Set<String> places(List<Told> events) {
        Set<String> places = new HashSet<>();
        each(events, dataset -> places.add(dataset.place()));
        return places;
    }

    /** Tables and views that the names could mean. */
    private static Set<Address> names(String domain, List<Told> events) {
        Set<Address> names = new HashSet<>();
        each(events, dataset -> candidates(domain, dataset).forEach(names::add));
        return names;
    }

    private static void each(List<Told> events, Consumer<Dataset> what) {
        for (Told event : events) {
            event.inputs().forEach(what);
            for (Dataset output : event.outputs()) {
                what.accept(output);
                output.flows().forEach(flow -> what.accept(source(flow)));
            }
        }
    }

    /** Some events tell of columns of datasets that only others of their run name as inputs. */
    private static Dataset source(Flow flow) {
        return new Dataset(flow.namespace(), flow.name(), List.of(), List.of());
    }

    private static List<Address> candidates(String domain, Dataset dataset) {
        List<Address> all = new ArrayList<>();
        for (Name link : dataset.symlinks()) {
            List<String> parts = Arrays.asList(link.name().split("\\.", -1));
            if (parts.size() >= 2 && parts.stream().noneMatch(String::isEmpty)) {
                boolean hive = isOfHive(link);
                if (hive && parts.size() == 3) {
                    // As Spark calls the catalog of a session.
                    parts = parts.subList(1, 3);
                }
                EntryName entry = new EntryName(
                        hive ? HiveCapability.CATALOG : DEFAULT_CATALOG,
                        parts.subList(0, parts.size() - 1),
                        parts.get(parts.size() - 1));
                all.add(entry.in(domain, "table"));
                all.add(entry.in(domain, "view"));
            }
        }
        return all;
    }

    /** The session catalog of a cluster, which openlineage calls by its address. */
    private static boolean isOfHive(Name link) {
        return link.namespace().startsWith("hive:");
    }

    private static @Nullable String known(String domain, Dataset dataset, KnownThings things) {
        String id = things.at(dataset.place());
        return id != null
                ? id
                : candidates(domain, dataset).stream()
                        .map(things::named)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
    }

    private static Node node(String domain, Dataset dataset, KnownThings things) {
        String id = known(domain, dataset, things);
        long number = id == null ? nodeOfName(domain, dataset.namespace(), dataset.name()) : nodeOfThing(domain, id);
        return new Node(number, id, dataset.namespace(), dataset.name());
    }

    private static Future<Void> save(
            SqlTx tx, String domain, String actor, List<Told> events, KnownThings things, Instant now) {
        Map<Long, Tuple> datasets = new TreeMap<>();
        Map<Long, Tuple> jobs = new TreeMap<>();
        Map<String, Tuple> raw = new TreeMap<>();
        Map<String, Tuple> roles = new TreeMap<>();
        Map<String, Tuple> columns = new TreeMap<>();
        Map<String, Long> jobOfRun = new HashMap<>();
        Map<String, Instant> timeOfRun = new HashMap<>();
        for (Told event : events) {
            long at = Objects.requireNonNull(Table.micros(event.at()));
            long job = number("job", domain, event.jobNamespace(), event.jobName());
            jobs.put(
                    job,
                    Tuple.of(job, domain, event.jobNamespace(), event.jobName(), event.state(), event.runId(), at));
            raw.put(
                    event.id(domain),
                    Tuple.tuple()
                            .addValue(event.id(domain))
                            .addValue(domain)
                            .addValue(event.runId())
                            .addValue(job)
                            .addValue(actor)
                            .addValue(Table.micros(now))
                            .addValue(event.payload()));
            jobOfRun.put(event.runId(), job);
            timeOfRun.merge(event.runId(), event.at(), (a, b) -> a.isBefore(b) ? b : a);
            Map<Name, Long> numbers = new HashMap<>();
            role(domain, event, "input", event.inputs(), things, datasets, roles, numbers);
            role(domain, event, "output", event.outputs(), things, datasets, roles, numbers);
            // Whose columns a dataset is made of flows into it, whether or not it is named among the inputs.
            List<Dataset> sources = event.outputs().stream()
                    .flatMap(output -> output.flows().stream())
                    .map(LineageStore::source)
                    .distinct()
                    .filter(source -> !numbers.containsKey(new Name(source.namespace(), source.name())))
                    .toList();
            role(domain, event, "input", sources, things, datasets, roles, numbers);
            for (Dataset output : event.outputs()) {
                long to = numbers.getOrDefault(new Name(output.namespace(), output.name()), 0L);
                for (Flow flow : output.flows()) {
                    long from = numbers.getOrDefault(new Name(flow.namespace(), flow.name()), 0L);
                    if (flow.from().length() <= MOST_COLUMN_NAME && flow.to().length() <= MOST_COLUMN_NAME) {
                        columns.put(
                                key(from, flow.from(), to, flow.to()),
                                Tuple.of(from, flow.from(), to, flow.to(), flow.how(), at, at));
                    }
                }
            }
        }
        return tx.insertIfAbsent(
                        "catalog.lineage_event",
                        List.of("id"),
                        List.of("domain", "run_id", "job_id", "actor", "received_micros", "payload"),
                        List.copyOf(raw.values()))
                .compose(ok -> first(
                        tx,
                        "catalog.lineage_dataset",
                        List.of("id"),
                        List.of("domain", "thing_id", "namespace", "name"),
                        List.copyOf(datasets.values())))
                .compose(ok -> tx.upsert(
                        "catalog.lineage_job",
                        List.of("id"),
                        List.of("domain", "namespace", "name", "state", "run_id", "last_micros"),
                        List.copyOf(jobs.values())))
                .compose(ok -> tx.insertIfAbsent(
                        "catalog.lineage_run_dataset",
                        List.of("run_id", "role", "dataset_id"),
                        List.of(),
                        List.copyOf(roles.values())))
                .compose(ok -> first(
                        tx,
                        "catalog.lineage_column_edge",
                        List.of("from_id", "from_column", "to_id", "to_column"),
                        List.of("how"),
                        List.copyOf(columns.values())))
                .compose(ok -> edges(tx, jobOfRun, timeOfRun));
    }

    private static void role(
            String domain,
            Told event,
            String role,
            List<Dataset> some,
            KnownThings things,
            Map<Long, Tuple> datasets,
            Map<String, Tuple> roles,
            Map<Name, Long> numbers) {
        long at = Objects.requireNonNull(Table.micros(event.at()));
        for (Dataset dataset : some) {
            Node node = node(domain, dataset, things);
            datasets.put(
                    node.id(),
                    Tuple.tuple()
                            .addValue(node.id())
                            .addValue(domain)
                            .addValue(node.thingId())
                            .addValue(node.namespace())
                            .addValue(node.name())
                            .addValue(at)
                            .addValue(at));
            roles.put(key(event.runId(), role, node.id()), Tuple.of(event.runId(), role, node.id()));
            numbers.put(new Name(dataset.namespace(), dataset.name()), node.id());
        }
    }

    /** All a run read flows into all it wrote, whichever of its events told of it. */
    private static Future<Void> edges(SqlTx tx, Map<String, Long> jobOfRun, Map<String, Instant> timeOfRun) {
        return tx.queryIn(
                        "SELECT run_id, role, dataset_id FROM catalog.lineage_run_dataset WHERE run_id IN (??)",
                        jobOfRun.keySet())
                .compose(rows -> {
                    Map<String, Set<Long>> inputs = new HashMap<>();
                    Map<String, Set<Long>> outputs = new HashMap<>();
                    rows.forEach(row -> (row.getString("role").equals("input") ? inputs : outputs)
                            .computeIfAbsent(row.getString("run_id"), none -> new TreeSet<>())
                            .add(row.getLong("dataset_id")));
                    Map<String, Tuple> edges = new TreeMap<>();
                    jobOfRun.forEach((run, job) -> {
                        long at = Objects.requireNonNull(Table.micros(timeOfRun.get(run)));
                        for (Long from : inputs.getOrDefault(run, Set.of())) {
                            for (Long to : outputs.getOrDefault(run, Set.of())) {
                                if (!from.equals(to)) {
                                    edges.put(key(from, to, job), Tuple.of(from, to, job, at, at));
                                }
                            }
                        }
                    });
                    return first(
                            tx,
                            "catalog.lineage_edge",
                            List.of("from_id", "to_id", "job_id"),
                            List.of(),
                            List.copyOf(edges.values()));
                });
    }

    /** Rows are written in one order, so that two writers do not wait for each other. */
    private static String key(Object... parts) {
        return Arrays.stream(parts).map(String::valueOf).collect(Collectors.joining("\u0000"));
    }

    /** Rows with a first and a last time; events come in any order. */
    private static Future<Void> first(
            SqlTx tx, String table, List<String> keys, List<String> others, List<Tuple> rows) {
        List<String> all = new ArrayList<>(others);
        all.add("first_micros");
        all.add("last_micros");
        String where =
                String.join(" AND ", keys.stream().map(key -> key + " = ?").toList());
        List<Tuple> widened = rows.stream()
                .map(row -> {
                    Object at = row.getValue(row.size() - 1);
                    Tuple values = Tuple.of(at, at, at, at);
                    for (int i = 0; i < keys.size(); i++) {
                        values.addValue(row.getValue(i));
                    }
                    // A row that was just written, or says so already, is not written again.
                    return values.addValue(at).addValue(at);
                })
                .toList();
        return tx.insertIfAbsent(table, keys, all, rows)
                .compose(ok -> tx.updates(
                        "UPDATE " + table
                                + " SET first_micros = CASE WHEN first_micros > ? THEN ? ELSE first_micros END,"
                                + " last_micros = CASE WHEN last_micros < ? THEN ? ELSE last_micros END WHERE " + where
                                + " AND (first_micros > ? OR last_micros < ?)",
                        widened))
                .mapEmpty();
    }

    /** The events of a run as they came, in order. */
    Future<List<String>> events(String domain, String runId) {
        return database.query(
                        "SELECT payload FROM catalog.lineage_event WHERE domain = ? AND run_id = ?"
                                + " ORDER BY received_micros, id LIMIT 1000",
                        domain,
                        runId)
                .map(rows -> {
                    List<String> all = new ArrayList<>();
                    rows.forEach(row -> all.add(row.getString("payload")));
                    return all;
                });
    }
}
