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
import io.fjord.contract.catalog.EntryName;
import io.fjord.contract.catalog.table.TableObservation.TableSampled;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;

/**
 * What an Iceberg table consists of: its snapshots, branches and tags, partitions and files, read out of its metadata, and some of
 * its rows. Of a Hive table its partitions.
 */
public final class ExplorerRoutes {

    /** A few at a time: a large table is read for seconds, and commits are not to wait for it. */
    private static final int WORKERS = 2;

    /** More are not added up while somebody waits. */
    private static final long MOST_FILES = 200_000;

    /** Whoever decides what becomes of the table also sees what is hidden from those who read it. */
    private static final String MAY_SEE_ALL = "table:manage";

    private static final int DEFAULT_ROWS = 20;

    private final Database database;
    private final Metastore metastore;
    private final SensitiveClassifications sensitive;
    private final Sampled told;
    private final Function<Warehouse, Future<Optional<FileIO>>> files;
    private final WorkerExecutor worker;

    /** Told of each sample before it is shown. */
    public interface Sampled {

        /** @return fails if it could not be written down */
        Future<Void> tell(Address table, String actor, TableSampled sample);
    }

    /**
     * @param sensitive whose values are not shown to everybody who may read them
     * @param files of a catalog, as its tables may use them; empty if there is none of that name
     */
    public ExplorerRoutes(
            Vertx vertx,
            Database database,
            Metastore metastore,
            SensitiveClassifications sensitive,
            Sampled told,
            Function<Warehouse, Future<Optional<FileIO>>> files) {
        this.database = database;
        this.metastore = metastore;
        this.sensitive = sensitive;
        this.told = told;
        this.files = files;
        this.worker = vertx.createSharedWorkerExecutor("catalog-explorer", WORKERS, 2, TimeUnit.MINUTES);
    }

    public void install(Api api) {
        api.on("listTableSnapshots", call -> of(call, ExplorerRoutes::snapshots))
                .on("listTableRefs", call -> of(call, (asked, contents) -> new Page<>(contents.refs(), null)))
                .on("listTablePartitions", this::partitions)
                .on("listTableFiles", call -> of(call, ExplorerRoutes::files))
                .on("sampleTable", this::sample);
    }

    private Future<Reply> partitions(Call call) {
        return facts(call)
                .compose(facts -> facts != null && facts.isThere() && isOfHive(facts)
                        ? HivePartitions.page(database, facts.id(), call).map(Reply::ok)
                        : of(call, ExplorerRoutes::partitions));
    }

    private Future<@Nullable Facts> facts(Call call) {
        return database.transaction(tx -> KnownThings.facts(tx, table(call)));
    }

    private static boolean isOfHive(Facts facts) {
        return facts.metastore().equals(HiveCapability.CATALOG);
    }

    private Future<Reply> of(Call call, BiFunction<Call, TableContents, Page<?>> read) {
        return facts(call)
                .compose(facts ->
                        read(call, facts, (metadata, io) -> read.apply(call, new TableContents(metadata, io))))
                .map(Reply::ok);
    }

    private <T> Future<T> read(Call call, @Nullable Facts facts, BiFunction<TableMetadata, FileIO, T> read) {
        Address table = table(call);
        if (facts != null && facts.isThere() && isOfHive(facts)) {
            throw new ProblemException(ExplorerProblems.notIceberg(table));
        }
        String location = location(facts);
        if (facts == null || location == null) {
            throw new ProblemException(AssetProblems.notFound(table));
        }
        return files.apply(new Warehouse(table.domain(), facts.catalog()))
                .compose(io -> worker.executeBlocking(
                        () -> {
                            FileIO found = io.orElseThrow(() -> new ProblemException(AssetProblems.notFound(table)));
                            try {
                                return read.apply(TableMetadataParser.read(found, location), found);
                            } catch (NotFoundException e) {
                                throw new ProblemException(ExplorerProblems.filesGone(table.name(), e));
                            }
                        },
                        false));
    }

    private static Address table(Call call) {
        return new Address(call.domain(), "table", call.path("table"));
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
            throw new ProblemException(ExplorerProblems.tooLarge(call.path("table"), count, MOST_FILES));
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
                    : new ProblemException(ExplorerProblems.noSnapshot(call.path("table"), asked.get()));
        }
        return snapshot;
    }

    // Samples

    /** A table, and what its columns are classified as, by their names; the whole table's under "". */
    private record Said(@Nullable Facts facts, Map<String, List<String>> classifications) {}

    /** Nobody is shown rows of which the record does not know. */
    private Future<Reply> sample(Call call) {
        Address table = table(call);
        boolean maySeeAll = call.may(MAY_SEE_ALL, table);
        return metastore
                .snapshot(tx -> KnownThings.facts(SqlTx.of(tx), table)
                        .compose(facts -> KnownThings.classifications(SqlTx.of(tx), table)
                                .map(classifications -> new Said(facts, classifications))))
                .compose(said -> read(call, said.value().facts(), (metadata, io) -> {
                            Optional<Snapshot> snapshot =
                                    snapshot(call, new TableContents(metadata, io), Optional.empty());
                            return new SampleReader(
                                            table.name(),
                                            metadata,
                                            io,
                                            sensitive.hidden(
                                                    metadata.schema(),
                                                    said.value().classifications(),
                                                    maySeeAll),
                                            call.queryInt("rows", DEFAULT_ROWS))
                                    .read(snapshot.orElse(null));
                        })
                        .compose(sample -> told.tell(
                                        table,
                                        call.actor(),
                                        seen(Objects.requireNonNull(said.value().facts()), sample))
                                .map(ok -> Reply.ok(sample).position(metastore.service(), said.position()))));
    }

    private static TableSampled seen(Facts facts, Sample sample) {
        int namespace = facts.path().size() - 1;
        return new TableSampled(
                new EntryName(facts.catalog(), facts.path().subList(0, namespace), facts.lastName()),
                facts.id(),
                sample.snapshotId(),
                sample.names(false),
                sample.names(true),
                sample.rows().size());
    }

    public Future<Void> close() {
        return worker.close();
    }
}
