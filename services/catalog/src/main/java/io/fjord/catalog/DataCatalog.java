package io.fjord.catalog;

import io.fjord.catalog.asset.AssetCapability;
import io.fjord.catalog.asset.AssetRoutes;
import io.fjord.catalog.asset.FactsProjection;
import io.fjord.catalog.asset.Uses;
import io.fjord.catalog.explorer.ExplorerRoutes;
import io.fjord.catalog.explorer.SensitiveClassifications;
import io.fjord.catalog.glossary.TermCapability;
import io.fjord.catalog.glossary.TermRoutes;
import io.fjord.catalog.iceberg.Warehouse;
import io.fjord.catalog.lineage.LineageRoutes;
import io.fjord.catalog.search.Search;
import io.fjord.catalog.search.SearchRoutes;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.table.TableObservation;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Journals;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.http.Reads;
import io.fjord.platform.kafka.DeadLetterLog;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.ProjectionRunner;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;

/** The data catalog and what it needs, put together: what there is, what people say of it, and what words mean. */
final class DataCatalog {

    private final Vertx vertx;
    private final Database database;
    private final Metastore metastore;
    private final MessageTypes types;
    private final AssetCapability assets = new AssetCapability();
    private final TermCapability terms = new TermCapability();
    private final FactsProjection facts;
    private final Uses uses;
    private final Search search;
    private final SensitiveClassifications sensitive;
    private final SampleLog samples;
    private @Nullable ProjectionRunner runner;
    private @Nullable ExplorerRoutes explorer;

    /**
     * @param types filled with {@link #messages} too
     * @param index folder of the search index
     * @param sensitive what is hidden in samples of tables
     * @param samples told of each of them
     */
    DataCatalog(
            Vertx vertx,
            Database database,
            Metastore metastore,
            MessageTypes types,
            Path index,
            SensitiveClassifications sensitive,
            SampleLog samples) {
        this.vertx = vertx;
        this.database = database;
        this.metastore = metastore;
        this.types = types;
        this.sensitive = sensitive;
        this.samples = samples;
        this.uses = new Uses(vertx, database, Clock.systemUTC());
        this.search =
                new Search(vertx, metastore, types, index, uses::recent, Clock.systemUTC(), Prometheus.registry());
        this.facts = new FactsProjection(database, metastore, types, assets, search::moved);
    }

    static MessageTypes messages(MessageTypes types) {
        new AssetCapability().register(types);
        new TermCapability().register(types);
        return types.add("catalog", "table", TableObservation.class);
    }

    List<Aggregate<?, ?, ?>> aggregates() {
        List<Aggregate<?, ?, ?>> all = new ArrayList<>(assets.aggregates());
        all.addAll(terms.aggregates());
        return all;
    }

    /** @param files of a catalog, as its tables may use them */
    void install(Api api, CommandRoutes commands, Function<Warehouse, Future<Optional<FileIO>>> files) {
        Reads reads = Reads.of(vertx, metastore);
        new AssetRoutes(
                        commands,
                        metastore,
                        reads,
                        assets,
                        types,
                        () -> facts.position(metastore.service()),
                        uses::recent)
                .install(api);
        new TermRoutes(commands, metastore, reads, terms, types).install(api);
        new SearchRoutes(
                        metastore.service(),
                        search,
                        Reads.view(vertx)
                                .source(metastore.service(), () -> Future.succeededFuture(search.position()))
                                .operations(this::isFound),
                        uses::recent)
                .install(api);
        ExplorerRoutes exploring = new ExplorerRoutes(vertx, database, metastore, sensitive, samples, files);
        exploring.install(api);
        explorer = exploring;
        new LineageRoutes(
                        vertx, database, metastore, reads, () -> facts.position(metastore.service()), Clock.systemUTC())
                .install(api);
    }

    /** Follows the metastores' events. */
    Future<Void> start(KafkaConfig kafka, DeadLetterLog deadLetters) {
        runner = new ProjectionRunner(
                        vertx,
                        kafka,
                        facts,
                        Journals.own(metastore),
                        Database::isTransient,
                        deadLetters,
                        Prometheus.registry())
                .start();
        return uses.start().compose(ok -> search.start());
    }

    private Future<Boolean> isFound(String command) {
        return metastore
                .outcome(command)
                .map(event -> event.isPresent() && !event.get().position().isAfter(search.position()));
    }

    /** Somebody read a table. */
    void used(Address table) {
        uses.used(table);
    }

    Future<Void> stop() {
        return (runner == null ? Future.<Void>succeededFuture() : runner.stop())
                .eventually(search::stop)
                .eventually(uses::stop)
                .eventually(() -> explorer == null ? Future.<Void>succeededFuture() : explorer.close())
                .eventually(samples::close);
    }
}
