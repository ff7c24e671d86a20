package io.fjord.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.catalog.explorer.SensitiveClassifications;
import io.fjord.catalog.iceberg.ObjectStorage;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.catalog.EntryName;
import io.fjord.contract.catalog.NamespaceName;
import io.fjord.contract.catalog.namespace.NamespaceEvent;
import io.fjord.contract.catalog.namespace.NamespaceEvent.NamespaceCreated;
import io.fjord.contract.catalog.namespace.NamespaceEvent.NamespaceDropped;
import io.fjord.contract.catalog.namespace.NamespaceEvent.NamespacePropertiesChanged;
import io.fjord.contract.catalog.table.TableEvent;
import io.fjord.contract.catalog.table.TableEvent.DroppedTableExpired;
import io.fjord.contract.catalog.table.TableEvent.TableCommitted;
import io.fjord.contract.catalog.table.TableEvent.TableCreated;
import io.fjord.contract.catalog.table.TableEvent.TableDropped;
import io.fjord.contract.catalog.table.TableEvent.TableProtectionChanged;
import io.fjord.contract.catalog.table.TableEvent.TableRegistered;
import io.fjord.contract.catalog.table.TableEvent.TableRenamed;
import io.fjord.contract.catalog.table.TableEvent.TableUndropped;
import io.fjord.contract.catalog.view.ViewEvent;
import io.fjord.contract.catalog.view.ViewEvent.ViewCreated;
import io.fjord.contract.catalog.view.ViewEvent.ViewDropped;
import io.fjord.contract.catalog.view.ViewEvent.ViewRenamed;
import io.fjord.contract.catalog.view.ViewEvent.ViewReplaced;
import io.fjord.embedded.DatabaseAddress;
import io.fjord.embedded.ObjectStore;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.PlatformMessages;
import io.fjord.platform.http.Actor;
import io.fjord.platform.http.ClientAddress;
import io.fjord.platform.http.Doorkeeper;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SchemaParser;
import org.apache.iceberg.Table;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.aws.s3.S3FileIO;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableCommit;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.rest.RESTCatalog;
import org.apache.iceberg.rest.requests.UpdateTableRequest;
import org.apache.iceberg.rest.requests.UpdateTableRequestParser;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.view.View;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Iceberg's own client sees of the catalog, and what the journal tells of it, on every metastore. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CatalogContract {

    private static final Schema AIRPORTS = new Schema(
            Types.NestedField.required(1, "iata", Types.StringType.get(), "three letters"),
            Types.NestedField.optional(2, "city", Types.StringType.get()),
            Types.NestedField.optional(3, "elevation", Types.IntegerType.get()));

    private final Vertx vertx = Vertx.vertx();
    private final UnreliableReplies replies = new UnreliableReplies();
    private final MessageTypes types = PlatformMessages.types();
    private final HttpClient http = HttpClient.newHttpClient();
    private Database database;
    private Metastore metastore;
    private CatalogVerticle service;
    private RESTCatalog catalog;
    private Namespace namespace;
    private Position before;

    abstract DatabaseAddress address();

    @BeforeAll
    void start() throws Exception {
        CatalogVerticle.messages(types);
        service = new CatalogVerticle(config(), replies::around, Duration.ofSeconds(30), Duration.ofSeconds(30));
        done(vertx.deployVerticle(service));
        database = Database.open(vertx, address().url(), "test", 2);
        metastore = new SqlMetastore(database, CatalogVerticle.SERVICE);
        catalog = client(service.httpPort());
    }

    @AfterAll
    void stop() throws Exception {
        catalog.close();
        done(database.close());
        done(vertx.close());
    }

    @BeforeEach
    void namespace(TestInfo test) throws Exception {
        String number =
                test.getDisplayName().startsWith("[") ? test.getDisplayName().replaceAll("[^0-9]", "") : "";
        namespace = Namespace.of(test.getTestMethod().orElseThrow().getName() + number);
        catalog.createNamespace(namespace);
        before = done(metastore.position());
    }

    @AfterEach
    void theFoldOfTheJournalIsWhatStandsInTheRows() throws Exception {
        Fold fold = new Fold();
        for (EventEnvelope<String> event : journal(Position.START)) {
            Object data = types.read(event.type(), event.data());
            fold.at = event;
            if (data instanceof TableEvent table) {
                table.match(fold);
            } else if (data instanceof ViewEvent view) {
                view.match(fold.views);
            } else if (data instanceof NamespaceEvent space) {
                space.match(fold.namespaces);
            }
        }
        assertThat(fold.entries).isEqualTo(entryRows());
        assertThat(fold.spaces).isEqualTo(namespaceRows());
    }

    @Test
    void aTableLivesFromItsCreationToItsDrop() throws Exception {
        TableIdentifier name = TableIdentifier.of(namespace, "airports");
        Table table =
                catalog.buildTable(name, AIRPORTS).withProperty("owner", "ops").create();
        table.newAppend().appendFile(file(table, "one")).commit();
        table.updateSchema()
                .renameColumn("city", "town")
                .addColumn("state", Types.StringType.get())
                .deleteColumn("elevation")
                .makeColumnOptional("iata")
                .commit();
        table.updateProperties().set("comment", "all").remove("owner").commit();
        TableIdentifier moved = TableIdentifier.of(namespace, "airfields");
        catalog.renameTable(name, moved);

        assertThat(catalog.listTables(namespace)).containsExactly(moved);
        assertThat(catalog.tableExists(name)).isFalse();
        Table loaded = catalog.loadTable(moved);
        assertThat(loaded.currentSnapshot().summary()).containsEntry("added-records", "10");
        assertThat(loaded.location()).startsWith("s3://lakehouse/default/default/" + namespace + "/airports-");
        assertThat(loaded.properties())
                .containsEntry("write.metadata.delete-after-commit.enabled", "true")
                .containsEntry("comment", "all");
        assertThat(catalog.dropTable(moved, false)).isTrue();
        assertThatThrownBy(() -> catalog.loadTable(moved)).isInstanceOf(NoSuchTableException.class);

        List<Object> told = eventsHere();
        assertThat(told.stream().map(event -> event.getClass().getSimpleName()))
                .containsExactly(
                        "TableCreated",
                        "TableCommitted",
                        "TableCommitted",
                        "TableCommitted",
                        "TableRenamed",
                        "TableDropped");
        TableCreated created = (TableCreated) told.get(0);
        assertThat(created.columns().stream().map(column -> column.name()))
                .containsExactly("iata", "city", "elevation");
        TableCommitted appended = (TableCommitted) told.get(1);
        assertThat(appended.snapshots()).hasSize(1);
        assertThat(appended.snapshots().get(0).operation()).isEqualTo("append");
        assertThat(appended.schemaChange()).isNull();
        assertThat(appended.previousMetadataLocation()).isEqualTo(created.metadataLocation());
        var change = ((TableCommitted) told.get(2)).schemaChange();
        assertThat(change.added().get(0).name()).isEqualTo("state");
        assertThat(change.removed().get(0).name()).isEqualTo("elevation");
        assertThat(change.renamed().get(0).to()).isEqualTo("town");
        assertThat(change.retyped().get(0).requiredNow()).isFalse();
        TableCommitted described = (TableCommitted) told.get(3);
        assertThat(described.propertiesSet()).containsEntry("comment", "all");
        assertThat(described.propertiesRemoved()).containsExactly("owner");
    }

    @Test
    void everyEventNamesWhoDidItAndWhereItStands() throws Exception {
        catalog.createTable(TableIdentifier.of(namespace, "t"), AIRPORTS);

        EventEnvelope<String> event = journal(before).get(0);
        assertThat(event.actor()).isEqualTo("user:operator");
        assertThat(event.type()).isEqualTo("fjord.catalog.table.TableCreated.v1");
        assertThat(event.subject()).isEqualTo(Address.parse("default/table/default." + namespace + ".t"));
        assertThat(event.version()).isEqualTo(1);
        assertThat(event.traceparent()).isNotNull();
    }

    @Test
    void namesMayHoldDotsSlashesAndBlanks() {
        Namespace odd = Namespace.of(namespace.level(0), "a.b/c d");
        catalog.createNamespace(odd, new HashMap<>(Map.of("k", "ü")));
        TableIdentifier name = TableIdentifier.of(odd, "t.1/x y%");
        Table table = catalog.createTable(name, AIRPORTS);
        table.newAppend().appendFile(file(table, "one")).commit();

        assertThat(catalog.listNamespaces(namespace)).containsExactly(odd);
        assertThat(catalog.listTables(odd)).containsExactly(name);
        assertThat(catalog.loadNamespaceMetadata(odd)).containsEntry("k", "ü");
        assertThat(catalog.loadTable(name).snapshots()).hasSize(1);
    }

    @Test
    void namespacesAreChangedAndDroppedWhenEmpty() throws Exception {
        Namespace child = Namespace.of(namespace.level(0), "child");
        assertThatThrownBy(() -> catalog.createNamespace(Namespace.of(namespace.level(0), "no", "parent")))
                .isInstanceOf(NoSuchNamespaceException.class);
        catalog.createNamespace(child, new HashMap<>(Map.of("a", "1", "b", "2")));
        assertThatThrownBy(() -> catalog.createNamespace(child)).isInstanceOf(AlreadyExistsException.class);
        assertThatThrownBy(() -> catalog.dropNamespace(namespace)).isInstanceOf(NamespaceNotEmptyException.class);
        catalog.setProperties(child, new HashMap<>(Map.of("a", "3")));
        catalog.removeProperties(child, new HashSet<>(Set.of("b")));
        assertThat(catalog.loadNamespaceMetadata(child)).isEqualTo(Map.of("a", "3"));
        assertThat(catalog.dropNamespace(child)).isTrue();
        assertThat(catalog.dropNamespace(child)).isFalse();

        assertThat(journal(before).stream().map(EventEnvelope::type).map(CatalogContract::simpleName))
                .containsExactly(
                        "NamespaceCreated",
                        "NamespacePropertiesChanged",
                        "NamespacePropertiesChanged",
                        "NamespaceDropped");
    }

    @Test
    void viewsAndTablesShareTheirNames() throws Exception {
        TableIdentifier name = TableIdentifier.of(namespace, "high");
        View view = catalog.buildView(name)
                .withSchema(AIRPORTS)
                .withDefaultNamespace(namespace)
                .withQuery("spark", "select * from airports where elevation > 1000")
                .create();
        assertThatThrownBy(() -> catalog.createTable(name, AIRPORTS)).isInstanceOf(AlreadyExistsException.class);
        view.replaceVersion()
                .withSchema(AIRPORTS)
                .withDefaultNamespace(namespace)
                .withQuery("spark", "select * from airports where elevation > 2000")
                .commit();
        TableIdentifier moved = TableIdentifier.of(namespace, "higher");
        catalog.renameView(name, moved);
        assertThat(catalog.listViews(namespace)).containsExactly(moved);
        assertThat(catalog.loadView(moved).sqlFor("spark").sql()).endsWith("2000");
        assertThat(catalog.listTables(namespace)).isEmpty();
        assertThat(catalog.dropView(moved)).isTrue();

        assertThat(eventsHere().stream().map(event -> event.getClass().getSimpleName()))
                .containsExactly("ViewCreated", "ViewReplaced", "ViewRenamed", "ViewDropped");
    }

    @Test
    void aStagedTableAppearsWithItsFirstCommit() throws Exception {
        TableIdentifier name = TableIdentifier.of(namespace, "staged");
        Transaction transaction = catalog.buildTable(name, AIRPORTS).createTransaction();
        transaction.newAppend().appendFile(file(transaction.table(), "one")).commit();
        assertThat(catalog.tableExists(name)).isFalse();
        transaction.commitTransaction();

        assertThat(catalog.loadTable(name).snapshots()).hasSize(1);
        TableCreated created = (TableCreated) eventsHere().get(0);
        assertThat(created.snapshots()).hasSize(1);
    }

    @Test
    void aMetadataFileIsRegisteredAsATable() throws Exception {
        TableIdentifier name = TableIdentifier.of(namespace, "one");
        Table table = catalog.createTable(name, AIRPORTS);
        table.newAppend().appendFile(file(table, "one")).commit();
        String metadata = ((BaseTable) table).operations().current().metadataFileLocation();
        catalog.dropTable(name, false);
        Table back = catalog.registerTable(TableIdentifier.of(namespace, "two"), metadata);

        assertThat(back.snapshots()).hasSize(1);
        assertThat(last(eventsHere())).isInstanceOf(TableRegistered.class);
    }

    @Test
    void aPurgedTableLosesItsFiles() {
        TableIdentifier name = TableIdentifier.of(namespace, "gone");
        Table table = catalog.createTable(name, AIRPORTS);
        String data = table.location() + "/data/real.bin";
        writeTo(table, data);
        table.newAppend().appendFile(file(table, data, 4)).commit();
        String metadata = ((BaseTable) table).operations().current().metadataFileLocation();
        catalog.dropTable(name, true);

        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(table.io().newInputFile(data).exists()).isFalse();
            assertThat(table.io().newInputFile(metadata).exists()).isFalse();
        });
    }

    @Test
    void aPurgeSparesTheFilesOfOthers() {
        Table table = catalog.createTable(TableIdentifier.of(namespace, "t"), AIRPORTS);
        String others = "s3://lakehouse/other/kept-" + System.nanoTime() + ".bin";
        writeTo(table, others);
        table.newAppend().appendFile(file(table, others, 4)).commit();
        String metadata = ((BaseTable) table).operations().current().metadataFileLocation();
        catalog.dropTable(TableIdentifier.of(namespace, "t"), true);

        await().atMost(Duration.ofSeconds(20))
                .until(() -> !table.io().newInputFile(metadata).exists());
        assertThat(table.io().newInputFile(others).exists()).isTrue();
    }

    @Test
    void aPurgeSparesATableRegisteredUnderAnotherName() {
        TableIdentifier name = TableIdentifier.of(namespace, "one");
        TableIdentifier twin = TableIdentifier.of(namespace, "two");
        Table table = catalog.createTable(name, AIRPORTS);
        String metadata = ((BaseTable) table).operations().current().metadataFileLocation();
        catalog.registerTable(twin, metadata);
        catalog.dropTable(name, true);
        Table marker = catalog.createTable(TableIdentifier.of(namespace, "marker"), AIRPORTS);
        String markers = ((BaseTable) marker).operations().current().metadataFileLocation();
        catalog.dropTable(TableIdentifier.of(namespace, "marker"), true);

        // Purges come one after the other: when the second is done, so is the first.
        await().atMost(Duration.ofSeconds(20))
                .until(() -> !table.io().newInputFile(markers).exists());
        assertThat(table.io().newInputFile(metadata).exists()).isTrue();
    }

    @Test
    void eightWritersLoseNothing() throws Exception {
        TableIdentifier name = TableIdentifier.of(namespace, "busy");
        catalog.buildTable(name, AIRPORTS)
                .withProperty("commit.retry.num-retries", "200")
                .withProperty("commit.retry.min-wait-ms", "5")
                .withProperty("commit.retry.max-wait-ms", "100")
                .create();
        int writers = 8;
        int appends = 4;
        List<Callable<Void>> all = new ArrayList<>();
        for (int writer = 0; writer < writers; writer++) {
            int number = writer;
            all.add(() -> {
                Table table = catalog.loadTable(name);
                for (int i = 0; i < appends; i++) {
                    table.newFastAppend()
                            .appendFile(file(table, number + "-" + i))
                            .commit();
                }
                return null;
            });
        }
        inParallel(all);

        Table table = catalog.loadTable(name);
        assertThat(table.snapshots()).hasSize(writers * appends);
        assertThat(table.currentSnapshot().summary())
                .containsEntry("total-data-files", Integer.toString(writers * appends));
        Set<String> inJournal = new HashSet<>();
        eventsHere().stream()
                .filter(TableCommitted.class::isInstance)
                .forEach(event -> ((TableCommitted) event).snapshots().forEach(one -> inJournal.add(one.id())));
        Set<String> inTable = new HashSet<>();
        table.snapshots().forEach(one -> inTable.add(Long.toString(one.snapshotId())));
        assertThat(inJournal).isEqualTo(inTable);
        assertThat(eventsHere()).hasSize(1 + writers * appends);
    }

    @Test
    void changesWhoseReplyIsLostAreMadeOnce() throws Exception {
        TableIdentifier name = TableIdentifier.of(namespace, "t");
        replies.loseReplies(1);
        Table table = catalog.createTable(name, AIRPORTS);
        replies.loseReplies(1);
        table.newAppend().appendFile(file(table, "one")).commit();
        TableIdentifier moved = TableIdentifier.of(namespace, "moved");
        replies.loseReplies(1);
        catalog.renameTable(name, moved);
        Namespace child = Namespace.of(namespace.level(0), "child");
        replies.loseReplies(1);
        catalog.createNamespace(child);
        replies.loseReplies(1);
        assertThat(catalog.dropNamespace(child)).isTrue();

        assertThat(catalog.loadTable(moved).snapshots()).hasSize(1);
        replies.loseReplies(1);
        assertThat(catalog.dropTable(moved, false)).isTrue();
        assertThat(journal(before).stream().map(EventEnvelope::type).map(CatalogContract::simpleName))
                .containsExactly(
                        "TableCreated",
                        "TableCommitted",
                        "TableRenamed",
                        "NamespaceCreated",
                        "NamespaceDropped",
                        "TableDropped");
    }

    @Test
    void aLostReplyIsRecognisedAlsoWhenOthersHaveCommittedOnTop() throws Exception {
        TableIdentifier name = TableIdentifier.of(namespace, "t");
        catalog.buildTable(name, AIRPORTS)
                .withProperty("commit.retry.num-retries", "100")
                .withProperty("commit.retry.min-wait-ms", "5")
                .withProperty("commit.retry.max-wait-ms", "50")
                .create();
        List<Callable<Void>> all = new ArrayList<>();
        for (int writer = 0; writer < 4; writer++) {
            int number = writer;
            all.add(() -> {
                Table table = catalog.loadTable(name);
                for (int i = 0; i < 4; i++) {
                    replies.loseReplies(1);
                    table.newFastAppend()
                            .appendFile(file(table, number + "-" + i))
                            .commit();
                }
                return null;
            });
        }
        inParallel(all);
        replies.loseReplies(0);

        Table table = catalog.loadTable(name);
        assertThat(table.snapshots()).hasSize(16);
        assertThat(table.currentSnapshot().summary()).containsEntry("total-data-files", "16");
        for (var one : ((BaseTable) table).operations().current().previousFiles()) {
            assertThat(table.io().newInputFile(one.file()).exists()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void whoOnlyAddsIsNotSentBack(int formatVersion) throws Exception {
        TableIdentifier name = TableIdentifier.of(namespace, "v" + formatVersion);
        Table table = catalog.buildTable(name, AIRPORTS)
                .withProperty("format-version", "" + formatVersion)
                .create();
        table.newAppend().appendFile(file(table, "zero")).commit();
        List<TableCommit> fromTheSameState =
                List.of(append(name, table, "one"), append(name, table, "two"), append(name, table, "three"));
        Transaction delete = table.newTransaction();
        delete.newDelete().deleteFile(file(table, "zero")).commit();
        TableCommit deletes = commitOf(name, table, delete);
        for (TableCommit append : fromTheSameState) {
            var answer = commit(append);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }

        Table now = catalog.loadTable(name);
        assertThat(now.currentSnapshot().summary())
                .containsEntry("total-data-files", "4")
                .containsEntry("total-records", "40");
        Set<String> files = new HashSet<>();
        Set<Long> sequenceNumbers = new HashSet<>();
        Set<Long> firstRows = new HashSet<>();
        try (var planned = now.newScan().planFiles()) {
            planned.forEach(task -> {
                files.add(task.file().location().replaceFirst("^.*/", ""));
                sequenceNumbers.add(task.file().dataSequenceNumber());
                firstRows.add(task.file().firstRowId());
            });
        }
        assertThat(files).containsExactlyInAnyOrder("zero.parquet", "one.parquet", "two.parquet", "three.parquet");
        assertThat(sequenceNumbers).hasSize(formatVersion == 1 ? 1 : 4);
        if (formatVersion == 3) {
            assertThat(firstRows).containsExactlyInAnyOrder(0L, 10L, 20L, 30L);
            assertThat(((BaseTable) now).operations().current().nextRowId()).isEqualTo(40);
        }
        assertThat(now.snapshots()).hasSize(4);
        // What takes something away is no addition.
        assertThat(commit(deletes).statusCode()).isEqualTo(409);
        // Nor is anything an addition to a table that does not want it.
        now.updateProperties().set("fjord.move-appends.enabled", "false").commit();
        TableCommit slow = append(name, now, "six");
        now.newAppend().appendFile(file(now, "five")).commit();
        assertThat(commit(slow).statusCode()).isEqualTo(409);
    }

    @Test
    void anAppendThatIsSentTwiceIsMadeOnce() throws Exception {
        TableIdentifier name = TableIdentifier.of(namespace, "t");
        Table table = catalog.createTable(name, AIRPORTS);
        TableCommit append = append(name, table, "one");
        table.newAppend().appendFile(file(table, "faster")).commit();
        assertThat(commit(append).statusCode()).isEqualTo(200);
        table.newAppend().appendFile(file(table, "later")).commit();
        var again = commit(append);

        assertThat(again.statusCode()).as(again.body()).isEqualTo(200);
        assertThat(catalog.loadTable(name).currentSnapshot().summary()).containsEntry("total-data-files", "3");
        assertThat(eventsHere()).hasSize(4);
    }

    @Test
    void aRequestUnderAKeyIsCarriedOutOnce() throws Exception {
        catalog.createTable(TableIdentifier.of(namespace, "t"), AIRPORTS);
        String path = "/iceberg/v1/default/namespaces/" + namespace + "/tables/t";
        String body = "{\"requirements\":[],\"updates\":[{\"action\":\"set-properties\",\"updates\":{\"a\":\"1\"}}]}";
        Map<String, String> key = Map.of("Idempotency-Key", "0197a5d2-0000-7000-8000-000000000001");
        var first = send("POST", path, body, key);
        send("POST", path, body.replace("\"1\"", "\"2\""), Map.of());
        var again = send("POST", path, body, key);

        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(send("POST", path, body.replace("\"1\"", "\"3\""), key).statusCode())
                .isEqualTo(422);
        assertThat(eventsHere()).hasSize(3);
        assertThat(send("POST", path, body, Map.of("Idempotency-Key", "no uuid"))
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void underAKeyALostReplyIsHadAgain() throws Exception {
        catalog.createTable(TableIdentifier.of(namespace, "t"), AIRPORTS);
        String path = "/iceberg/v1/default/namespaces/" + namespace + "/tables/t";
        String body = "{\"requirements\":[],\"updates\":[{\"action\":\"set-properties\",\"updates\":{\"a\":\"1\"}}]}";
        Map<String, String> key = Map.of("Idempotency-Key", "0197a5d2-0000-7000-8000-000000000002");
        replies.loseReplies(1);
        var first = send("POST", path, body, key);
        var again = send("POST", path, body, key);

        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(eventsHere()).hasSize(2);
    }

    @Test
    void whateverIsAskedForAgainUnderAKeyIsAnsweredTheSame() throws Exception {
        String in = "/iceberg/v1/default/namespaces";
        String here = in + "/" + namespace;
        String schema = Json.MAPPER.readTree(SchemaParser.toJson(AIRPORTS)).toString();
        record Request(String method, String path, String body) {}
        List<Request> requests = List.of(
                new Request(
                        "POST", in, "{\"namespace\":[\"" + namespace + "\",\"child\"],\"properties\":{\"a\":\"1\"}}"),
                new Request("POST", here + "/properties", "{\"removals\":[\"nothing\"],\"updates\":{\"b\":\"2\"}}"),
                new Request("POST", here + "/tables", "{\"name\":\"t\",\"schema\":" + schema + "}"),
                new Request(
                        "POST",
                        here + "/views",
                        "{\"name\":\"v\",\"schema\":" + schema
                                + ",\"properties\":{},\"view-version\":{\"version-id\":1,"
                                + "\"timestamp-ms\":1,\"schema-id\":0,\"summary\":{},\"default-namespace\":[],"
                                + "\"representations\":[{\"type\":\"sql\",\"sql\":\"select 1\",\"dialect\":\"spark\"}]}}"),
                new Request(
                        "POST",
                        "/iceberg/v1/default/tables/rename",
                        "{\"source\":{\"namespace\":[\"" + namespace
                                + "\"],\"name\":\"t\"},\"destination\":{\"namespace\":[\"" + namespace
                                + "\"],\"name\":\"moved\"}}"),
                new Request("DELETE", here + "/tables/moved", ""),
                new Request("DELETE", here + "/views/v", ""));
        int number = 10;
        for (Request request : requests) {
            Map<String, String> key = Map.of("Idempotency-Key", "0197a5d2-0000-7000-8000-0000000000" + number++);
            var first = send(request.method(), request.path(), request.body(), key);
            Position end = done(metastore.position());
            var again = send(request.method(), request.path(), request.body(), key);
            assertThat(first.statusCode()).as(request + first.body()).isBetween(200, 204);
            assertThat(again.statusCode()).as(request + again.body()).isEqualTo(first.statusCode());
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(done(metastore.position())).isEqualTo(end);
        }
    }

    @Test
    void aDroppedTableIsHadBackAndAProtectedOneIsNotDropped() throws Exception {
        // Commands are read by the services of both databases.
        String other = "kept-" + System.nanoTime();
        assertThat(send("POST", "/api/v1/catalogs", "{\"name\":\"" + other + "\",\"keepDroppedSeconds\":600}", Map.of())
                        .statusCode())
                .isEqualTo(202);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> get("/api/v1/catalogs/" + other, Map.of()).statusCode() == 200);
        try (RESTCatalog kept = client(service.httpPort(), "default." + other)) {
            TableIdentifier name = TableIdentifier.of(namespace, "t");
            kept.createNamespace(namespace);
            Table table = kept.createTable(name, AIRPORTS);
            assertThat(table.location()).startsWith("s3://lakehouse/default/" + other + "/");
            kept.dropTable(name, true);
            assertThat(kept.tableExists(name)).isFalse();
            JsonNode dropped = json(get("/api/v1/dropped-tables?catalog=" + other, Map.of()))
                    .path("items")
                    .path(0);
            assertThat(dropped.path("name").asText()).isEqualTo("t");
            String back = "/api/v1/dropped-tables/" + dropped.path("id").asText();
            assertThat(send("POST", back + "/undrop", "{\"name\":\"back\"}", Map.of())
                            .statusCode())
                    .isEqualTo(200);
            TableIdentifier again = TableIdentifier.of(namespace, "back");
            assertThat(kept.loadTable(again).uuid()).isEqualTo(table.uuid());
            assertThat(send("POST", back + "/undrop", "{}", Map.of()).statusCode())
                    .isEqualTo(404);

            String protection = "{\"catalog\":\"" + other + "\",\"namespace\":[\"" + namespace
                    + "\"],\"name\":\"back\",\"isProtected\":true}";
            assertThat(send("PUT", "/api/v1/table-protection", protection, Map.of())
                            .statusCode())
                    .isEqualTo(200);
            assertThatThrownBy(() -> kept.dropTable(again, false)).isInstanceOf(ForbiddenException.class);

            String path = "/iceberg/v1/default." + other + "/events";
            JsonNode told = json(send("POST", path, "{\"page-size\":3}", Map.of()));
            List<String> operations = new ArrayList<>();
            told.path("events")
                    .forEach(event -> operations.add(
                            event.path("operation").path("operation-type").asText()));
            assertThat(operations).containsExactly("create-namespace", "create-table", "drop-table");
            String token = told.path("continuation-token").asText();
            JsonNode more = json(send("POST", path, "{\"continuation-token\":\"" + token + "\"}", Map.of()));
            assertThat(more.path("events").size()).isEqualTo(2);
            assertThat(send("POST", path, "{\"page-size\":\"x\"}", Map.of()).statusCode())
                    .isEqualTo(400);
        }
    }

    private static final int LEAST_PART = 5 * 1024 * 1024;

    @Test
    void keysAreForTheFilesOfOneTable() throws Exception {
        Table mine = catalog.createTable(TableIdentifier.of(namespace, "mine"), AIRPORTS);
        Table other = catalog.createTable(TableIdentifier.of(namespace, "other"), AIRPORTS);
        JsonNode config = json(get(
                        "/iceberg/v1/default/namespaces/" + namespace + "/tables/mine",
                        Map.of("X-Iceberg-Access-Delegation", "vended-credentials")))
                .path("config");
        Map<String, String> settings = new HashMap<>();
        config.fields()
                .forEachRemaining(
                        field -> settings.put(field.getKey(), field.getValue().asText()));
        assertThat(settings.get("s3.access-key-id")).startsWith("FJ");
        settings.put("s3.multipart.part-size-bytes", Integer.toString(LEAST_PART));
        try (S3FileIO io = new S3FileIO()) {
            io.initialize(settings);
            byte[] inParts = new byte[2 * LEAST_PART + 1];
            new Random(1).nextBytes(inParts);
            try (var out = io.newOutputFile(mine.location() + "/data/large.bin").create()) {
                out.write(inParts);
            }
            try (var in = io.newInputFile(mine.location() + "/data/large.bin").newStream()) {
                assertThat(in.readAllBytes()).isEqualTo(inParts);
            }
            try (var out = io.newOutputFile(mine.location() + "/data/a.bin").create()) {
                out.write(new byte[] {1, 2, 3});
            }
            assertThat(io.newInputFile(mine.location() + "/data/a.bin").getLength())
                    .isEqualTo(3);
            String others = ((BaseTable) other).operations().current().metadataFileLocation();
            assertThatThrownBy(() -> io.newInputFile(others).newStream().readAllBytes())
                    .isInstanceOf(RuntimeException.class);
            assertThatThrownBy(() -> io.newOutputFile(other.location() + "/x")
                            .createOrOverwrite()
                            .close())
                    .isInstanceOf(Exception.class);
        }
        assertThat(json(get("/iceberg/v1/default/namespaces/" + namespace + "/tables/mine/credentials", Map.of()))
                        .path("storage-credentials")
                        .size())
                .isEqualTo(1);
    }

    @Test
    void signaturesAreForTheFilesOfOneTable() throws Exception {
        Table mine = catalog.createTable(TableIdentifier.of(namespace, "mine"), AIRPORTS);
        Table other = catalog.createTable(TableIdentifier.of(namespace, "other"), AIRPORTS);
        String path = "/iceberg/v1/default/namespaces/" + namespace + "/tables/mine/sign";
        String file = ((BaseTable) mine).operations().current().metadataFileLocation();
        var signed = send("POST", path, signRequest(file), Map.of());
        assertThat(signed.statusCode()).as(signed.body()).isEqualTo(200);
        var request = HttpRequest.newBuilder(URI.create(uri(file)));
        json(signed).path("headers").fields().forEachRemaining(header -> {
            if (!header.getKey().equalsIgnoreCase("host")) {
                request.header(header.getKey(), header.getValue().path(0).asText());
            }
        });
        assertThat(http.send(request.build(), HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);
        String others = ((BaseTable) other).operations().current().metadataFileLocation();
        assertThat(send("POST", path, signRequest(others), Map.of()).statusCode())
                .isEqualTo(403);
        JsonNode config = json(get(
                        path.substring(0, path.lastIndexOf('/')),
                        Map.of("X-Iceberg-Access-Delegation", "remote-signing")))
                .path("config");
        assertThat("/iceberg/" + config.path("signer.endpoint").asText()).isEqualTo(path);
    }

    @Test
    void aReadersKeysReadAndAReadersRequestsToWriteAreNotSigned() throws Exception {
        Table table = catalog.createTable(TableIdentifier.of(namespace, "t"), AIRPORTS);
        String path = "/iceberg/v1/default/namespaces/" + namespace + "/tables/t";
        Map<String, String> reader = Map.of("Authorization", "Bearer reader");
        JsonNode given = json(get(path + "/credentials", reader))
                .path("storage-credentials")
                .path(0)
                .path("config");
        Map<String, String> settings = new HashMap<>(
                Map.of("s3.endpoint", TestServers.objectStore().endpoint(), "s3.path-style-access", "true"));
        settings.put("client.region", "us-east-1");
        given.fields()
                .forEachRemaining(
                        field -> settings.put(field.getKey(), field.getValue().asText()));
        try (S3FileIO io = new S3FileIO()) {
            io.initialize(settings);
            String metadata = ((BaseTable) table).operations().current().metadataFileLocation();
            assertThat(io.newInputFile(metadata).exists()).isTrue();
            assertThatThrownBy(() -> io.newOutputFile(table.location() + "/x")
                            .createOrOverwrite()
                            .close())
                    .isInstanceOf(Exception.class);
            assertThatThrownBy(() -> io.deleteFile(metadata)).isInstanceOf(Exception.class);
        }
        String put = signRequest(table.location() + "/x").replace("GET", "PUT");
        assertThat(send("POST", path + "/sign", put, reader).statusCode()).isEqualTo(403);
        assertThat(send("POST", path + "/sign", put, Map.of()).statusCode()).isEqualTo(200);
    }

    @Test
    void aTableKeepsOutOfTheFoldersOfOthers() throws Exception {
        Table victim = catalog.createTable(TableIdentifier.of(namespace, "victim"), AIRPORTS);
        String here = "/iceberg/v1/default/namespaces/" + namespace;
        String schema = SchemaParser.toJson(AIRPORTS);
        String above = victim.location().substring(0, victim.location().lastIndexOf('/'));
        Map<String, String> writer = Map.of("Authorization", "Bearer writer");
        for (String location : List.of(
                victim.location(), victim.location() + "/", victim.location() + "/data", above, above + "//victim")) {
            String create = "{\"name\":\"thief\",\"location\":\"" + location + "\",\"schema\":" + schema + "}";
            assertThat(send("POST", here + "/tables", create, writer).statusCode())
                    .as(location)
                    .isEqualTo(403);
        }
        String own = "{\"name\":\"own\",\"schema\":" + schema + "}";
        assertThat(send("POST", here + "/tables", own, writer).statusCode()).isEqualTo(200);
        for (String update : List.of(
                "{\"action\":\"set-location\",\"location\":\"" + victim.location() + "\"}",
                "{\"action\":\"set-properties\",\"updates\":{\"write.data.path\":\"" + victim.location() + "\"}}")) {
            var answer =
                    send("POST", here + "/tables/own", "{\"requirements\":[],\"updates\":[" + update + "]}", writer);
            assertThat(answer.statusCode()).as(update + answer.body()).isEqualTo(403);
        }
        // Who manages both may.
        assertThat(catalog.buildTable(TableIdentifier.of(namespace, "twin"), AIRPORTS)
                        .withLocation(victim.location() + "/inner")
                        .create()
                        .location())
                .endsWith("/inner");
    }

    @Test
    void aTokenShownAsACredentialIsGivenBackIfItIsGood() throws Exception {
        try (RESTCatalog client = new RESTCatalog()) {
            client.initialize(
                    "fjord",
                    Map.of(
                            "uri",
                            "http://127.0.0.1:" + service.httpPort() + "/iceberg",
                            "warehouse",
                            "default",
                            "credential",
                            "anybody:secret"));
            assertThat(client.listNamespaces()).contains(namespace);
        }
        Map<String, String> form = Map.of("Authorization", "", "Content-Type", "application/x-www-form-urlencoded");
        var answer =
                send("POST", "/iceberg/v1/oauth/tokens", "grant_type=client_credentials&client_secret=wrong", form);
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(json(answer).path("error").asText()).isEqualTo("invalid_client");
    }

    private static String uri(String file) {
        return TestServers.objectStore().endpoint() + "/" + file.substring("s3://".length());
    }

    private static String signRequest(String file) {
        return "{\"region\":\"us-east-1\",\"method\":\"GET\",\"uri\":\"" + uri(file)
                + "\",\"headers\":{\"x-amz-content-sha256\":[\"UNSIGNED-PAYLOAD\"]},\"properties\":{}}";
    }

    @Test
    void aTableThatIsWrittenOftenLosesItsOldestSnapshots() throws Exception {
        TableIdentifier name = TableIdentifier.of(namespace, "often");
        Table table = catalog.buildTable(name, AIRPORTS)
                .withProperty("fjord.expire-snapshots.max-snapshots", "3")
                .create();
        for (int i = 0; i < 6; i++) {
            table.newFastAppend().appendFile(file(table, "f" + i)).commit();
        }
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            Table now = catalog.loadTable(name);
            assertThat(now.snapshots()).hasSizeLessThanOrEqualTo(4);
            assertThat(now.currentSnapshot().summary()).containsEntry("total-data-files", "6");
        });
    }

    /** Some; {@link RoutesFuzzIT} has more, and looks for those that lead where no other did. */
    @Test
    void malformedRequestsAreRefusedAsTheSpecificationSays() {
        Refusals refusals =
                new Refusals(http, "http://127.0.0.1:" + service.httpPort(), "secret", namespace.toString());
        refusals.furnish();
        Malformed malformed = new Malformed(new Random(12584), namespace.toString());
        List<String> faults = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            refusals.fault(malformed.request()).ifPresent(faults::add);
        }
        // Jazzer found these.
        Map.of(
                        "/tables/none", "{\"requirements\":[{\"type\":\"assert-create\"}],\"updates\":[]}",
                        "/properties", "{\"removals\":[\"a\",null],\"updates\":{\"b\":\"c\"}}")
                .forEach((path, body) -> refusals.fault(new Malformed.Request(
                                "found", "POST", "/iceberg/v1/default/namespaces/" + namespace + path, Map.of(), body))
                        .ifPresent(faults::add));

        assertThat(faults).isEmpty();
    }

    @Test
    void aConnectionLostBeforeTheCommitIsTriedAgain() throws Exception {
        TableIdentifier name = TableIdentifier.of(namespace, "t");
        Table table = catalog.createTable(name, AIRPORTS);
        replies.preventCommits(1);
        table.newAppend().appendFile(file(table, "one")).commit();

        assertThat(catalog.loadTable(name).snapshots()).hasSize(1);
        assertThat(eventsHere()).hasSize(2);
    }

    @Test
    void aCommitInDoubtIsSaidToBeSoAndItsFilesStay() throws Exception {
        TableIdentifier name = TableIdentifier.of(namespace, "t");
        Table table = catalog.createTable(name, AIRPORTS);
        UnreliableReplies broken = new UnreliableReplies();
        CatalogVerticle impatient =
                new CatalogVerticle(config(), broken::around, Duration.ofMillis(900), Duration.ofSeconds(30));
        String deployment = done(vertx.deployVerticle(impatient));
        try (RESTCatalog other = client(impatient.httpPort())) {
            Table same = other.loadTable(name);
            broken.preventCommits(1_000);
            assertThatThrownBy(
                            () -> same.newAppend().appendFile(file(same, "one")).commit())
                    .isInstanceOf(CommitStateUnknownException.class);
            broken.preventCommits(0);
            assertThat(other.loadTable(name).currentSnapshot()).isNull();

            broken.goAway(true);
            assertThatThrownBy(
                            () -> same.newAppend().appendFile(file(same, "two")).commit())
                    .isInstanceOf(CommitStateUnknownException.class);
            broken.goAway(false);
            table.refresh();
            assertThat(table.currentSnapshot()).isNull();
            // Its manifests and metadata lie there still, for nobody knew whether they are the table.
            same.refresh();
            same.newAppend().appendFile(file(same, "three")).commit();
        } finally {
            done(vertx.undeploy(deployment));
        }
        table.refresh();
        assertThat(table.currentSnapshot().summary()).containsEntry("total-data-files", "1");
        assertThat(eventsHere()).hasSize(2);
    }

    @Test
    void severalTablesAreCommittedTogetherOrNotAtAll() throws Exception {
        TableIdentifier first = TableIdentifier.of(namespace, "first");
        TableIdentifier second = TableIdentifier.of(namespace, "second");
        Table one = catalog.createTable(first, AIRPORTS);
        Table two = catalog.createTable(second, AIRPORTS);
        TableCommit stale = append(second, two, "b");
        catalog.commitTransaction(append(first, one, "a"), append(second, two, "a"));
        assertThat(catalog.loadTable(first).snapshots()).hasSize(1);
        assertThat(catalog.loadTable(second).snapshots()).hasSize(1);
        var events = journal(before);
        assertThat(events.get(3).position().n())
                .isEqualTo(events.get(2).position().n() + 1);

        // The second goes out from a state that is past: so the first is not committed either.
        assertThatThrownBy(() -> catalog.commitTransaction(append(first, one, "b"), stale))
                .isInstanceOf(CommitFailedException.class);
        assertThat(catalog.loadTable(first).snapshots()).hasSize(1);
        assertThat(catalog.loadTable(second).snapshots()).hasSize(1);
        assertThat(journal(before)).hasSize(4);
    }

    @Test
    void metadataFilesDoNotPileUp() {
        TableIdentifier name = TableIdentifier.of(namespace, "t");
        Table table = catalog.buildTable(name, AIRPORTS)
                .withProperty("write.metadata.previous-versions-max", "2")
                .create();
        String first = ((BaseTable) table).operations().current().metadataFileLocation();
        for (int i = 0; i < 4; i++) {
            table.updateProperties().set("n", "" + i).commit();
        }
        await().atMost(Duration.ofSeconds(20))
                .until(() -> !table.io().newInputFile(first).exists());
    }

    @Test
    void nobodyIsLedIntoTheFilesOfOthers() {
        TableIdentifier name = TableIdentifier.of(namespace, "t");
        for (String elsewhere : List.of(
                "s3://lakehouse/other/t",
                "s3://other/default/t",
                "file:///tmp/t",
                "s3://lakehouse/default/../other/t")) {
            assertThatThrownBy(() -> catalog.buildTable(name, AIRPORTS)
                            .withLocation(elsewhere)
                            .create())
                    .as(elsewhere)
                    .isInstanceOf(ForbiddenException.class);
        }
        assertThatThrownBy(() -> catalog.buildTable(name, AIRPORTS)
                        .withProperty("write.metadata.path", "s3://lakehouse/other/t")
                        .create())
                .isInstanceOf(ForbiddenException.class);
        assertThatThrownBy(() -> catalog.registerTable(name, "s3://lakehouse/other/t/metadata/v1.metadata.json"))
                .isInstanceOf(ForbiddenException.class);
        assertThat(catalog.tableExists(name)).isFalse();
    }

    @Test
    void whoHasTheNewestTableIsToldSo() throws Exception {
        Table table = catalog.createTable(TableIdentifier.of(namespace, "t"), AIRPORTS);
        String path = "/iceberg/v1/default/namespaces/" + namespace + "/tables/t";
        HttpResponse<String> loaded = get(path, Map.of());
        String etag = loaded.headers().firstValue("ETag").orElseThrow();
        assertThat(get(path, Map.of("If-None-Match", etag)).statusCode()).isEqualTo(304);
        table.newAppend().appendFile(file(table, "one")).commit();
        assertThat(get(path, Map.of("If-None-Match", etag)).statusCode()).isEqualTo(200);
    }

    @Test
    void listsComeInPages() throws Exception {
        Set<String> made = new HashSet<>();
        for (String name : List.of("a", "b", "B", "c d", "ü")) {
            catalog.createTable(TableIdentifier.of(namespace, name), AIRPORTS);
            made.add(name);
        }
        String path = "/iceberg/v1/default/namespaces/" + namespace + "/tables?pageSize=2";
        List<String> told = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        String token = "";
        do {
            JsonNode page = Json.MAPPER.readTree(
                    get(path + "&pageToken=" + token, Map.of()).body());
            page.path("identifiers").forEach(one -> told.add(one.path("name").asText()));
            sizes.add(page.path("identifiers").size());
            token = page.path("next-page-token").asText("");
            if (sizes.size() == 1) {
                String others = "/iceberg/v1/default/namespaces/" + namespace + "/views?pageSize=2&pageToken=" + token;
                assertThat(get(others, Map.of()).statusCode()).isEqualTo(400);
                // What goes meanwhile moves nothing from one page to another.
                catalog.dropTable(TableIdentifier.of(namespace, told.get(0)));
            }
        } while (!token.isEmpty() && !token.equals("null"));
        assertThat(sizes).containsExactly(2, 2, 1);
        assertThat(told).containsExactlyInAnyOrderElementsOf(made);
        made.remove(told.get(0));
        assertThat(catalog.listTables(namespace).stream().map(TableIdentifier::name))
                .containsExactlyInAnyOrderElementsOf(made);
    }

    @Test
    void errorsAreIcebergsOwn() throws Exception {
        HttpResponse<String> unknown = get("/iceberg/v1/config?warehouse=nowhere", Map.of());
        assertThat(unknown.statusCode()).isEqualTo(404);
        JsonNode error = Json.MAPPER.readTree(unknown.body()).path("error");
        assertThat(error.path("type").asText()).isEqualTo("NoSuchWarehouseException");
        assertThat(error.path("message").asText()).contains("/api/v1/catalogs");
        HttpResponse<String> token = get("/iceberg/v1/default/namespaces?pageSize=5&pageToken=x", Map.of());
        assertThat(token.statusCode()).isEqualTo(400);
        HttpResponse<String> nobody = get("/iceberg/v1/default/namespaces", Map.of("Authorization", "none"));
        assertThat(nobody.statusCode()).isEqualTo(401);
        assertThat(Json.MAPPER
                        .readTree(nobody.body())
                        .path("error")
                        .path("type")
                        .asText())
                .isEqualTo("NotAuthorizedException");
    }

    // Given

    private CatalogConfig config() {
        ObjectStore store = TestServers.objectStore();
        return new CatalogConfig(
                new KafkaConfig(TestServers.kafka().bootstrapServers()),
                address().url(),
                new ObjectStorage(
                        store.endpoint(), "us-east-1", store.accessKey(), store.secretKey(), ObjectStore.BUCKET, true),
                store.endpoint(),
                Set.of("default"),
                "127.0.0.1",
                0,
                new Doorkeeper(
                        request -> actor(request.getHeader("Authorization")),
                        request -> new AccessDecision(MAY.test(request), "so the test says", List.of(), ""),
                        (request, decision) -> Ids.next(),
                        ClientAddress.behind(List.of())),
                new byte[32],
                List.of(),
                TestServers.newHome("search").root(),
                Duration.ZERO,
                false,
                false,
                SensitiveClassifications.DEFAULT);
    }

    private static final Predicate<AccessRequest> MAY = request -> request.actor()
                    .equals("user:operator")
            || request.action().endsWith(":read")
            || (request.actor().equals("user:writer") && request.action().endsWith(":write"));

    private static Future<Actor> actor(String authorization) {
        return switch (String.valueOf(authorization)) {
            case "Bearer secret" -> Future.succeededFuture(new Actor("user:operator"));
            case "Bearer writer" -> Future.succeededFuture(new Actor("user:writer"));
            case "Bearer reader" -> Future.succeededFuture(new Actor("user:reader"));
            default ->
                Future.failedFuture(
                        new ProblemException(Problem.of("not-authenticated", 401, "Not known", "Send the token")));
        };
    }

    private static RESTCatalog client(int port) {
        return client(port, "default");
    }

    private static RESTCatalog client(int port, String warehouse) {
        ObjectStore store = TestServers.objectStore();
        RESTCatalog client = new RESTCatalog();
        client.initialize(
                "fjord",
                Map.of(
                        "uri",
                        "http://127.0.0.1:" + port + "/iceberg",
                        "warehouse",
                        warehouse,
                        "token",
                        "secret",
                        "rest.client.max-retries",
                        "1",
                        "s3.access-key-id",
                        store.accessKey(),
                        "s3.secret-access-key",
                        store.secretKey()));
        return client;
    }

    private static DataFile file(Table table, String name) {
        return file(table, table.location() + "/data/" + name + ".parquet", 10);
    }

    private static DataFile file(Table table, String path, int records) {
        return DataFiles.builder(PartitionSpec.unpartitioned())
                .withPath(path)
                .withFormat(FileFormat.PARQUET)
                .withFileSizeInBytes(100)
                .withRecordCount(records)
                .build();
    }

    private static void writeTo(Table table, String path) {
        try (var out = table.io().newOutputFile(path).create()) {
            out.write(new byte[] {1, 2, 3});
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static TableCommit append(TableIdentifier name, Table table, String file) {
        Transaction transaction = table.newTransaction();
        transaction.newAppend().appendFile(file(table, file)).commit();
        return commitOf(name, table, transaction);
    }

    private static TableCommit commitOf(TableIdentifier name, Table table, Transaction transaction) {
        var start = ((BaseTable) table).operations().current();
        return TableCommit.create(
                name,
                start,
                ((org.apache.iceberg.HasTableOperations) transaction.table())
                        .operations()
                        .current());
    }

    private static void inParallel(List<Callable<Void>> all) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(all.size());
        try {
            for (var one : threads.invokeAll(all)) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private HttpResponse<String> get(String path, Map<String, String> headers) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.httpPort() + path));
        Map<String, String> all = new HashMap<>(Map.of("Authorization", "Bearer secret"));
        all.putAll(headers);
        all.forEach(request::header);
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> send(String method, String path, String body, Map<String, String> headers)
            throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.httpPort() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        Map<String, String> all =
                new HashMap<>(Map.of("Authorization", "Bearer secret", "Content-Type", "application/json"));
        all.putAll(headers);
        all.forEach(request::header);
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> commit(TableCommit commit) throws Exception {
        String path = "/iceberg/v1/default/namespaces/" + namespace + "/tables/"
                + commit.identifier().name();
        var request = UpdateTableRequest.create(commit.identifier(), commit.requirements(), commit.updates());
        return send("POST", path, UpdateTableRequestParser.toJson(request), Map.of());
    }

    private static JsonNode json(HttpResponse<String> answer) throws Exception {
        return Json.MAPPER.readTree(answer.body());
    }

    // Then

    private List<EventEnvelope<String>> journal(Position after) throws Exception {
        return done(metastore.journal(after, 10_000));
    }

    /** Of tables and views since the test began. */
    private List<Object> eventsHere() throws Exception {
        return journal(before).stream()
                .filter(event -> event.type().startsWith("fjord.catalog.table.")
                        || event.type().startsWith("fjord.catalog.view."))
                .map(event -> types.read(event.type(), event.data()))
                .toList();
    }

    private static String simpleName(String type) {
        String[] parts = type.split("\\.");
        return parts[parts.length - 2];
    }

    private static <T> T last(List<T> all) {
        return all.get(all.size() - 1);
    }

    private Map<String, String> entryRows() throws Exception {
        Map<String, String> rows = new TreeMap<>();
        done(database.query(
                        "select domain, catalog, namespace, name, kind, id, metadata_location, version from catalog.entry"))
                .forEach(row -> rows.put(
                        new EntryName(
                                        row.getString("catalog"),
                                        List.of(row.getString("namespace").split("\u001f")),
                                        row.getString("name"))
                                .in(row.getString("domain"), row.getString("kind"))
                                .toString(),
                        row.getString("id") + " " + row.getString("metadata_location") + " v"
                                + row.getLong("version")));
        return rows;
    }

    private Map<String, String> namespaceRows() throws Exception {
        Map<String, String> rows = new TreeMap<>();
        done(database.query("select domain, catalog, name, properties, version from catalog.namespace"))
                .forEach(row -> rows.put(
                        new NamespaceName(
                                        row.getString("catalog"),
                                        List.of(row.getString("name").split("\u001f")))
                                .in(row.getString("domain"))
                                .toString(),
                        row.getString("properties") + " v" + row.getLong("version")));
        return rows;
    }

    /** The rows as the journal tells them. */
    private static final class Fold implements TableEvent.Cases<Void> {

        private final Map<String, String> entries = new TreeMap<>();
        private final Map<String, String> spaces = new TreeMap<>();
        private final Map<String, Map<String, String>> properties = new HashMap<>();
        private EventEnvelope<String> at;

        private Void put(String id, String metadataLocation) {
            entries.put(at.subject().toString(), id + " " + metadataLocation + " v" + at.version());
            return null;
        }

        private Void move(Address to) {
            String old = entries.remove(at.subject().toString());
            entries.put(to.toString(), old.substring(0, old.lastIndexOf(" v")) + " v" + at.version());
            return null;
        }

        private Void remove() {
            assertThat(entries.remove(at.subject().toString())).isNotNull();
            return null;
        }

        @Override
        public Void on(TableCreated event) {
            return put(event.id(), event.metadataLocation());
        }

        @Override
        public Void on(TableRegistered event) {
            return put(event.id(), event.metadataLocation());
        }

        @Override
        public Void on(TableCommitted event) {
            assertThat(entries.get(at.subject().toString())).contains(" " + event.previousMetadataLocation() + " ");
            return put(event.id(), event.metadataLocation());
        }

        @Override
        public Void on(TableRenamed event) {
            return move(event.to().in(at.subject().domain(), "table"));
        }

        @Override
        public Void on(TableDropped event) {
            return remove();
        }

        @Override
        public Void on(TableUndropped event) {
            return put(event.id(), event.metadataLocation());
        }

        @Override
        public Void on(DroppedTableExpired event) {
            return null;
        }

        @Override
        public Void on(TableProtectionChanged event) {
            return put(event.id(), entries.get(at.subject().toString()).split(" ")[1]);
        }

        private final ViewEvent.Cases<Void> views = new ViewEvent.Cases<>() {
            @Override
            public Void on(ViewCreated event) {
                return put(event.id(), event.metadataLocation());
            }

            @Override
            public Void on(ViewReplaced event) {
                return put(event.id(), event.metadataLocation());
            }

            @Override
            public Void on(ViewRenamed event) {
                return move(event.to().in(at.subject().domain(), "view"));
            }

            @Override
            public Void on(ViewDropped event) {
                return remove();
            }
        };

        private final NamespaceEvent.Cases<Void> namespaces = new NamespaceEvent.Cases<>() {
            private Void put(Map<String, String> now) {
                properties.put(at.subject().toString(), now);
                spaces.put(at.subject().toString(), Json.text(now) + " v" + at.version());
                return null;
            }

            @Override
            public Void on(NamespaceCreated event) {
                return put(new TreeMap<>(event.properties()));
            }

            @Override
            public Void on(NamespacePropertiesChanged event) {
                Map<String, String> now =
                        new TreeMap<>(properties.get(at.subject().toString()));
                now.putAll(event.set());
                now.keySet().removeAll(event.removed());
                return put(now);
            }

            @Override
            public Void on(NamespaceDropped event) {
                spaces.remove(at.subject().toString());
                return null;
            }
        };
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
