package io.fjord.catalog.explorer;

import io.fjord.catalog.asset.AssetProblems;
import io.fjord.catalog.asset.Facts;
import io.fjord.catalog.asset.KnownThings;
import io.fjord.catalog.explorer.TableContents.Found;
import io.fjord.catalog.explorer.TableContents.PartitionView;
import io.fjord.catalog.explorer.TableContents.SnapshotView;
import io.fjord.catalog.hive.HiveCapability;
import io.fjord.catalog.hive.HivePartitions;
import io.fjord.catalog.iceberg.Warehouse;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;

/**
 * What an Iceberg table consists of: its snapshots, branches and tags, partitions and files, read out of its metadata. Of a Hive
 * table its partitions.
 */
public final class ExplorerRoutes {

    /** A few at a time: a large table is read for seconds, and commits are not to wait for it. */
    private static final int WORKERS = 2;

    /** More are not added up while somebody waits. */
    private static final long MOST_FILES = 200_000;

    private final Database database;
    private final Function<Warehouse, Future<Optional<FileIO>>> files;
    private final WorkerExecutor worker;

    /** @param files of a catalog, as its tables may use them; empty if there is none of that name */
    public ExplorerRoutes(Vertx vertx, Database database, Function<Warehouse, Future<Optional<FileIO>>> files) {
        this.database = database;
        this.files = files;
        this.worker = vertx.createSharedWorkerExecutor("catalog-explorer", WORKERS, 2, TimeUnit.MINUTES);
    }

    public void install(Api api) {
        api.on("listTableSnapshots", call -> of(call, ExplorerRoutes::snapshots))
                .on("listTableRefs", call -> of(call, (asked, contents) -> new Page<>(contents.refs(), null)))
                .on("listTablePartitions", this::partitions)
                .on("listTableFiles", call -> of(call, ExplorerRoutes::files));
    }

    private Future<Reply> partitions(Call call) {
        return facts(call)
                .compose(facts -> facts != null && facts.isThere() && isOfHive(facts)
                        ? HivePartitions.page(database, facts.id(), call).map(Reply::ok)
                        : of(call, ExplorerRoutes::partitions));
    }

    private Future<@Nullable Facts> facts(Call call) {
        Address table = new Address(call.domain(), "table", call.path("table"));
        return database.transaction(tx -> KnownThings.facts(tx, table));
    }

    private static boolean isOfHive(Facts facts) {
        return facts.metastore().equals(HiveCapability.CATALOG);
    }

    private Future<Reply> of(Call call, BiFunction<Call, TableContents, Page<?>> read) {
        Address table = new Address(call.domain(), "table", call.path("table"));
        return facts(call)
                .compose(facts -> {
                    if (facts != null && facts.isThere() && isOfHive(facts)) {
                        throw new ProblemException(notIceberg(table));
                    }
                    String location = location(facts);
                    if (facts == null || location == null) {
                        throw new ProblemException(AssetProblems.notFound(table));
                    }
                    return files.apply(new Warehouse(table.domain(), facts.catalog()))
                            .compose(io -> worker.executeBlocking(
                                    () -> {
                                        FileIO found = io.orElseThrow(
                                                () -> new ProblemException(AssetProblems.notFound(table)));
                                        return read.apply(
                                                call,
                                                new TableContents(TableMetadataParser.read(found, location), found));
                                    },
                                    false));
                })
                .map(Reply::ok);
    }

    /** Null for what is no Iceberg table that is there. */
    private static @Nullable String location(@Nullable Facts facts) {
        return facts != null && facts.isThere() && facts.metastore().equals("iceberg")
                ? facts.metadataLocation()
                : null;
    }

    private static Page<?> snapshots(Call call, TableContents contents) {
        List<SnapshotView> all = contents.snapshots();
        String last = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse(null);
        int begin = 0;
        while (last != null && begin < all.size() && !all.get(begin++).id().equals(last)) {
            // the next
        }
        return Page.of(
                call, all.subList(begin, Math.min(all.size(), begin + call.pageSize() + 1)), one -> List.of(one.id()));
    }

    private static Page<?> files(Call call, TableContents contents) {
        Optional<List<String>> cursor = PageToken.cursor(call);
        Optional<Snapshot> snapshot = snapshot(call, contents, cursor);
        if (snapshot.isEmpty()) {
            return new Page<>(List.of(), null);
        }
        String id = Long.toString(snapshot.get().snapshotId());
        int manifest = cursor.map(one -> Integer.parseInt(one.get(1))).orElse(0);
        long entry = cursor.map(one -> Long.parseLong(one.get(2)) + 1).orElse(0L);
        return Page.of(
                        call,
                        contents.files(snapshot.get(), manifest, entry, call.pageSize() + 1),
                        found -> List.of(id, Integer.toString(found.manifest()), Long.toString(found.entry())))
                .map(Found::file);
    }

    private static Page<?> partitions(Call call, TableContents contents) {
        Optional<List<String>> cursor = PageToken.cursor(call);
        Optional<Snapshot> snapshot = snapshot(call, contents, cursor);
        if (snapshot.isEmpty()) {
            return new Page<>(List.of(), null);
        }
        long count = contents.count(snapshot.get());
        if (count > MOST_FILES) {
            throw new ProblemException(tooLarge(call.path("table"), count));
        }
        String id = Long.toString(snapshot.get().snapshotId());
        List<Map.Entry<String, PartitionView>> after =
                contents
                        .partitions(snapshot.get())
                        .tailMap(cursor.map(one -> one.get(1)).orElse(""), false)
                        .entrySet()
                        .stream()
                        .limit(call.pageSize() + 1L)
                        .toList();
        return Page.of(call, after, one -> List.of(id, one.getKey())).map(Map.Entry::getValue);
    }

    /** That of the page before, whatever was committed since; else the one asked for, or the current one. */
    private static Optional<Snapshot> snapshot(Call call, TableContents contents, Optional<List<String>> cursor) {
        Optional<String> asked = cursor.map(one -> one.get(0)).or(() -> call.query("snapshot"));
        Optional<Snapshot> snapshot = contents.snapshot(asked);
        if (asked.isPresent() && snapshot.isEmpty()) {
            throw cursor.isPresent()
                    ? HttpProblems.badPageToken("The snapshot it belongs to has expired.")
                    : new ProblemException(noSnapshot(call.path("table"), asked.get()));
        }
        return snapshot;
    }

    private static Problem notIceberg(Address table) {
        return Problem.of(
                "table-not-iceberg",
                409,
                "Not a table of an Iceberg catalog",
                "'" + table.name()
                        + "' stands in the Hive Metastore, which tells its columns and partitions and nothing of"
                        + " snapshots and files. Ask a cluster.");
    }

    private static Problem noSnapshot(String table, String id) {
        return Problem.of(
                "snapshot-not-found",
                404,
                "No such snapshot",
                "'" + table + "' has no snapshot " + id + ". GET /api/v1/tables/" + table
                        + "/snapshots lists those it has; others have expired.");
    }

    private static Problem tooLarge(String table, long files) {
        return Problem.of(
                "table-too-large",
                422,
                "Too many files to add up",
                "'" + table + "' has " + files + " files, and at most " + MOST_FILES
                        + " are added up here. Let a cluster do it: SELECT * FROM <table>.partitions.");
    }

    public Future<Void> close() {
        return worker.close();
    }
}
