package io.fjord.catalog;

import static io.fjord.catalog.DataCatalogServer.OPERATOR;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.catalog.DataCatalogServer.Answer;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.embedded.DatabaseServer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the data catalog tells of the tables, and what people say there, on every metastore. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DataCatalogContract {

    private static final Schema ORDERS = new Schema(
            Types.NestedField.required(1, "id", Types.LongType.get(), "of the shop"),
            Types.NestedField.optional(2, "customer_email", Types.StringType.get()),
            Types.NestedField.optional(3, "amount", Types.DecimalType.of(10, 2)));

    private static final Schema BASKETS = new Schema(
            Types.NestedField.required(1, "id", Types.LongType.get()),
            Types.NestedField.optional(2, "customer_email", Types.StringType.get()),
            Types.NestedField.optional(
                    3,
                    "goods",
                    Types.ListType.ofOptional(
                            5, Types.StructType.of(Types.NestedField.optional(4, "name", Types.StringType.get())))));

    private DataCatalogServer server;

    abstract DatabaseServer databaseServer();

    DataCatalogServer server() {
        return server;
    }

    @BeforeAll
    void start() {
        server = new DataCatalogServer(databaseServer());
        server.iceberg().createNamespace(Namespace.of("sales"));
        server.iceberg().createNamespace(Namespace.of("hr"));
        server.grant("user:ana", "member", "default/*/*");
        server.grant("user:bo", "owner", "default/*/*");
        server.grant("user:sal", "viewer", "default/table/default.sales.*");
    }

    @AfterAll
    void stop() {
        server.close();
    }

    Table table(String namespace, String name) {
        return server.iceberg().createTable(TableIdentifier.of(namespace, name), ORDERS);
    }

    private static String asset(String namespace, String name) {
        return "/api/v1/assets/table/default." + namespace + "." + name;
    }

    private static DataFile file(Table table, String name, int records) {
        return DataFiles.builder(PartitionSpec.unpartitioned())
                .withPath(table.location() + "/data/" + name + ".parquet")
                .withFormat(FileFormat.PARQUET)
                .withFileSizeInBytes(100)
                .withRecordCount(records)
                .build();
    }

    JsonNode eventually(String path, java.util.function.Predicate<JsonNode> as) {
        return await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> server.call(OPERATOR, "GET", path, null).body(), as);
    }

    private static List<String> texts(JsonNode all) {
        List<String> texts = new ArrayList<>();
        all.forEach(one -> texts.add(one.asText()));
        return texts;
    }

    @Test
    void an_entry_tells_what_the_commits_left() {
        Table orders = table("sales", "orders");
        orders.newAppend().appendFile(file(orders, "one", 10)).commit();
        orders.updateSchema()
                .renameColumn("amount", "total")
                .addColumn("state", Types.StringType.get())
                .commit();
        orders.newAppend().appendFile(file(orders, "two", 5)).commit();

        JsonNode entry = eventually(
                asset("sales", "orders"),
                body -> body.path("size").path("records").asLong() == 15);
        assertThat(entry.path("columns").findValuesAsText("name"))
                .containsExactly("id", "customer_email", "total", "state");
        assertThat(entry.path("columns").get(0).path("doc").asText()).isEqualTo("of the shop");
        assertThat(entry.path("size").path("files").asLong()).isEqualTo(2);
        assertThat(entry.path("createdBy").asText()).isEqualTo(OPERATOR);
        assertThat(entry.path("dataChangedAt").asText()).isNotEmpty();

        // Renamed: the facts go along, and what was then is still told.
        String before =
                server.call(OPERATOR, "GET", asset("sales", "orders"), null).header("Fjord-Position");
        server.iceberg().renameTable(TableIdentifier.of("sales", "orders"), TableIdentifier.of("sales", "bookings"));
        JsonNode moved = eventually(asset("sales", "bookings"), body -> body.has("size"));
        assertThat(moved.path("id")).isEqualTo(entry.path("id"));
        assertThat(server.refused(OPERATOR, "GET", asset("sales", "orders"), null))
                .isEqualTo("asset-not-found");
        JsonNode then =
                server.get(OPERATOR, asset("sales", "orders") + "?asOf=" + before.substring(before.indexOf('=') + 1));
        assertThat(then.path("size").path("records").asLong()).isEqualTo(15);
    }

    @Test
    void what_people_say_is_kept_and_read_as_of_then() {
        table("sales", "customers");
        String path = asset("sales", "customers");
        JsonNode described = server.ok("user:ana", "PUT", path + "/description", "{\"description\":\"**Who** buys\"}");
        assertThat(described.path("description").asText()).isEqualTo("**Who** buys");
        assertThat(described.path("version").asInt()).isEqualTo(1);
        Answer then = server.call(OPERATOR, "GET", path, null);
        String at = then.header("Fjord-Position").substring("catalog=".length());
        assertThat(then.header("ETag")).isEqualTo("\"1\"");

        server.ok("user:ana", "POST", path + "/tags", "{\"add\":[\"raw\",\"daily\"]}", "If-Match", "\"1\"");
        assertThat(server.refused("user:ana", "POST", path + "/tags", "{\"add\":[\"x1\"]}", "If-Match", "\"1\""))
                .isEqualTo("version-mismatch");
        server.ok("user:bo", "PUT", path + "/owners", "{\"owners\":[\"user:ana\"]}");
        server.ok(
                "user:ana", "PUT", path + "/description?column=customer_email", "{\"description\":\"where bills go\"}");
        server.ok("user:bo", "PUT", path + "/deprecation", "{\"note\":\"use bookings\"}");

        JsonNode now = server.get(OPERATOR, path);
        assertThat(texts(now.path("tags"))).containsExactly("daily", "raw");
        assertThat(texts(now.path("owners"))).containsExactly("user:ana");
        assertThat(now.path("deprecation").path("note").asText()).isEqualTo("use bookings");
        assertThat(now.path("columns").get(1).path("description").asText()).isEqualTo("where bills go");
        JsonNode was = server.get(OPERATOR, path + "?asOf=" + at);
        assertThat(texts(was.path("tags"))).isEmpty();
        assertThat(was.path("description").asText()).isEqualTo("**Who** buys");
        assertThat(was.path("columns").get(1).has("description")).isFalse();
        assertThat(server.get(OPERATOR, path + "/history").path("items").findValuesAsText("actor"))
                .containsExactly("user:ana", "user:ana", "user:bo", "user:bo");
        assertThat(server.refused("user:ana", "PUT", path + "/description?column=no", "{\"description\":\"x\"}"))
                .isEqualTo("asset-not-found");
    }

    @Test
    void who_may_read_the_table_sees_its_entry() {
        table("sales", "seen");
        table("hr", "salaries");
        eventually(asset("hr", "salaries"), body -> body.has("id"));
        assertThat(server.get("user:sal", "/api/v1/assets?pageSize=1000")
                        .path("items")
                        .findValuesAsText("name"))
                .contains("default.sales.seen")
                .noneMatch(name -> name.startsWith("default.hr"));
        assertThat(server.get("user:sal", asset("sales", "seen")).path("kind").asText())
                .isEqualTo("table");
        assertThat(server.refused("user:sal", "GET", asset("hr", "salaries"), null))
                .isEqualTo("access-denied");
        assertThat(server.refused(
                        "user:sal", "PUT", asset("sales", "seen") + "/description", "{\"description\":\"x\"}"))
                .isEqualTo("access-denied");
        assertThat(server.refused("user:ana", "PUT", asset("sales", "seen") + "/owners", "{\"owners\":[]}"))
                .isEqualTo("access-denied");
    }

    @Test
    void a_classification_takes_somebody_else() {
        table("sales", "emails");
        String path = asset("sales", "emails");
        String request = server.ok(
                        "user:ana",
                        "POST",
                        path + "/classification-requests?column=customer_email",
                        "{\"classification\":\"pii.email\",\"reason\":\"of people\"}")
                .path("requests")
                .get(0)
                .path("id")
                .asText();
        assertThat(server.get("user:bo", "/api/v1/classification-requests")
                        .path("items")
                        .findValuesAsText("asset"))
                .contains("default/asset/table/default.sales.emails/customer_email");
        String at = path + "/classification-requests/" + request;
        String column = "?column=customer_email";
        assertThat(server.refused("user:bo", "POST", at + "/approve" + column, "{}"))
                .isEqualTo("classification-not-reviewed");
        server.ok("user:bo", "POST", at + "/review" + column, "{\"recommended\":true}");
        JsonNode approved = server.ok("user:bo", "POST", at + "/approve" + column, "{\"comment\":\"yes\"}");
        assertThat(approved.path("classifications").findValuesAsText("name")).containsExactly("pii.email");
        assertThat(texts(server.get(OPERATOR, path).path("columns").get(1).path("classifications")))
                .containsExactly("pii.email");
    }

    /** Asked for by one, reviewed and approved by another. */
    private void classify(String path, String column, String classification) {
        String of = column == null ? "" : "?column=" + column;
        JsonNode requests = server.ok(
                        "user:ana",
                        "POST",
                        path + "/classification-requests" + of,
                        "{\"classification\":\"" + classification + "\"}")
                .path("requests");
        String at = path + "/classification-requests/"
                + requests.get(requests.size() - 1).path("id").asText();
        server.ok("user:bo", "POST", at + "/review" + of, "{\"recommended\":true}");
        server.ok("user:bo", "POST", at + "/approve" + of, "{}");
    }

    private List<String> classified(String path, String column) {
        return server.get(OPERATOR, path + (column == null ? "" : "?column=" + column))
                .path("classifications")
                .findValuesAsText("name");
    }

    @Test
    void what_is_said_follows_a_renamed_table_and_column() {
        Table people = table("hr", "people");
        String path = asset("hr", "people");
        server.ok("user:ana", "PUT", path + "/description", "{\"description\":\"who works here\"}");
        server.ok("user:ana", "POST", path + "/tags", "{\"add\":[\"staff\"]}");
        server.ok("user:bo", "PUT", path + "/owners", "{\"owners\":[\"user:ana\"]}");
        classify(path, null, "confidential");
        classify(path, "customer_email", "pii.email");
        server.ok("user:ana", "PUT", path + "/description?column=amount", "{\"description\":\"what they get\"}");
        server.ok(
                "user:ana",
                "POST",
                path + "/classification-requests?column=amount",
                "{\"classification\":\"pii.wage\"}");
        String before = server.call(OPERATOR, "GET", path, null).header("Fjord-Position");

        // Two columns exchange their names, in one commit.
        people.updateSchema()
                .renameColumn("customer_email", "amount")
                .renameColumn("amount", "customer_email")
                .commit();
        eventually(
                path, body -> body.path("columns").get(1).path("name").asText().equals("amount"));
        assertThat(classified(path, "amount")).containsExactly("pii.email");
        assertThat(classified(path, "customer_email")).isEmpty();
        assertThat(server.get(OPERATOR, path + "?column=customer_email")
                        .path("description")
                        .asText())
                .isEqualTo("what they get");
        people.updateSchema().renameColumn("amount", "mail").commit();
        eventually(
                path, body -> body.path("columns").get(1).path("name").asText().equals("mail"));
        assertThat(classified(path, "mail")).containsExactly("pii.email");

        // The table too, to a name of which something was said when another one had it.
        table("hr", "staff");
        server.ok("user:bo", "PUT", asset("hr", "staff") + "/deprecation", "{\"note\":\"use people\"}");
        classify(asset("hr", "staff"), "id", "public");
        server.iceberg().dropTable(TableIdentifier.of("hr", "staff"), false);
        server.iceberg().renameTable(TableIdentifier.of("hr", "people"), TableIdentifier.of("hr", "staff"));
        String there = asset("hr", "staff");
        JsonNode moved =
                eventually(there, body -> body.path("description").asText().equals("who works here"));
        assertThat(texts(moved.path("tags"))).containsExactly("staff");
        assertThat(texts(moved.path("owners"))).containsExactly("user:ana");
        assertThat(moved.has("deprecation")).isFalse();
        assertThat(classified(there, null)).containsExactly("confidential");
        assertThat(classified(there, "mail")).containsExactly("pii.email");
        assertThat(classified(there, "id")).isEmpty();
        // A request that waited waits here, and is decided here.
        JsonNode waiting =
                server.get(OPERATOR, there + "?column=customer_email").path("requests");
        assertThat(waiting.findValuesAsText("classification")).containsExactly("pii.wage");
        server.ok(
                "user:bo",
                "POST",
                there + "/classification-requests/" + waiting.get(0).path("id").asText()
                        + "/review?column=customer_email",
                "{\"recommended\":true}");

        // A new one of the old name is another one, and what was then is told as it was then.
        table("hr", "people");
        JsonNode fresh = eventually(path, body -> body.has("id"));
        assertThat(texts(fresh.path("tags"))).isEmpty();
        assertThat(fresh.has("description")).isFalse();
        assertThat(classified(path, "customer_email")).isEmpty();
        String at = "asOf=" + before.substring(before.indexOf('=') + 1);
        assertThat(server.get(OPERATOR, path + "?column=customer_email&" + at)
                        .path("classifications")
                        .findValuesAsText("name"))
                .containsExactly("pii.email");
        assertThat(server.get(OPERATOR, there + "/history?column=mail")
                        .path("items")
                        .findValuesAsText("type"))
                .containsExactly("fjord.catalog.asset.NotesMovedHere.v1");

        // Search finds it under the new name alone.
        JsonNode found = found("q=mail&classification=pii.email&type=column", "default/table/default.hr.staff");
        assertThat(found.path("items").findValuesAsText("address")).doesNotContain("default/table/default.hr.people");

        // The rows made anew from the events: what is said has moved already, and stays where it is.
        server.forgetFacts();
        JsonNode again = eventually(there, body -> body.has("id"));
        assertThat(texts(again.path("tags"))).containsExactly("staff");
        assertThat(classified(there, "mail")).containsExactly("pii.email");
        assertThat(texts(server.get(OPERATOR, path).path("tags"))).isEmpty();
    }

    @Test
    void a_table_is_explored_down_to_its_files() {
        Table plain = table("sales", "parcels");
        String at = "/api/v1/tables/default.sales.parcels";
        eventually(asset("sales", "parcels"), body -> body.has("id"));
        assertThat(server.get(OPERATOR, at + "/files").path("items")).isEmpty();
        assertThat(server.get(OPERATOR, at + "/partitions").path("items")).isEmpty();

        plain.newAppend()
                .appendFile(file(plain, "one", 1))
                .appendFile(file(plain, "two", 2))
                .commit();
        long first = plain.currentSnapshot().snapshotId();
        plain.updateSpec().addField("customer_email").commit();
        for (String email : List.of("ana", "bo")) {
            plain.newAppend()
                    .appendFile(DataFiles.builder(plain.spec())
                            .withPath(plain.location() + "/data/" + email + ".parquet")
                            .withFormat(FileFormat.PARQUET)
                            .withPartitionPath("customer_email=" + email)
                            .withFileSizeInBytes(10)
                            .withRecordCount(7)
                            .build())
                    .commit();
        }
        plain.manageSnapshots().createTag("begun", first).commit();
        eventually(at + "/refs", body -> body.path("items").size() == 2);

        JsonNode snapshots = server.get(OPERATOR, at + "/snapshots").path("items");
        assertThat(snapshots).hasSize(3);
        assertThat(snapshots.get(0).path("current").asBoolean()).isTrue();
        assertThat(snapshots.get(2).path("id").asText()).isEqualTo(Long.toString(first));
        assertThat(pages(at + "/snapshots?pageSize=2").stream()
                        .map(one -> one.path("id").asText()))
                .containsExactlyElementsOf(snapshots.findValuesAsText("id"));
        JsonNode refs = server.get(OPERATOR, at + "/refs").path("items");
        assertThat(refs.findValuesAsText("name")).containsExactly("begun", "main");
        assertThat(refs.get(0).path("type").asText()).isEqualTo("tag");

        assertThat(pages(at + "/files?pageSize=1").stream()
                        .map(one -> one.path("path").asText()))
                .hasSize(4)
                .doesNotHaveDuplicates()
                .anyMatch(path -> path.endsWith("/data/two.parquet"));
        assertThat(server.get(OPERATOR, at + "/files?snapshot=" + first)
                        .path("items")
                        .findValuesAsText("records"))
                .containsExactlyInAnyOrder("1", "2");
        List<JsonNode> partitions = pages(at + "/partitions?pageSize=2");
        assertThat(partitions).hasSize(3);
        assertThat(partitions.get(0).path("dataFiles").asInt()).isEqualTo(2);
        assertThat(partitions.get(0).path("records").asInt()).isEqualTo(3);
        assertThat(partitions.get(2).path("partition").path("customer_email").asText())
                .isEqualTo("bo");

        // Pages are of one snapshot, whatever is committed meanwhile.
        String token = server.get(OPERATOR, at + "/files?pageSize=3")
                .path("nextPageToken")
                .asText();
        plain.newDelete().deleteFile(plain.location() + "/data/one.parquet").commit();
        assertThat(server.get(OPERATOR, at + "/files?pageSize=3&pageToken=" + token)
                        .path("items"))
                .hasSize(1);

        assertThat(server.refused(OPERATOR, "GET", at + "/files?snapshot=1", null))
                .isEqualTo("snapshot-not-found");
        assertThat(server.refused(OPERATOR, "GET", "/api/v1/tables/default.sales.no/refs", null))
                .isEqualTo("asset-not-found");
        assertThat(server.get("user:sal", at + "/refs").path("items")).hasSize(2);
        assertThat(server.refused("user:nobody", "GET", at + "/files", null)).isEqualTo("access-denied");
    }

    @Test
    void who_may_read_a_table_is_shown_some_of_its_rows_and_that_is_in_the_record() {
        Table table = server.iceberg()
                .buildTable(TableIdentifier.of("sales", "basket"), BASKETS)
                .withProperty("format-version", "2")
                .create();
        String at = "/api/v1/tables/default.sales.basket/sample";
        eventually(asset("sales", "basket"), body -> body.has("id"));
        JsonNode empty = server.get("user:sal", at);
        assertThat(empty.path("rows")).isEmpty();
        assertThat(empty.path("complete").asBoolean()).isTrue();
        assertThat(empty.has("snapshotId")).isFalse();

        DataFile first = TableRows.append(table, FileFormat.PARQUET, baskets(table, 0, 30));
        TableRows.deletePositions(table, first, List.of(0L, 2L));
        long then = table.currentSnapshot().snapshotId();
        table.updateSchema()
                .renameColumn("customer_email", "email")
                .addColumn("state", Types.StringType.get())
                .commit();
        TableRows.deleteWhere(table, "id", List.of(1L));
        table.refresh();
        String now = Long.toString(table.currentSnapshot().snapshotId());
        JsonNode sample = await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> server.get("user:sal", at + "?rows=2"),
                        body -> body.path("snapshotId").asText().equals(now));
        assertThat(sample.path("columns").findValuesAsText("name")).containsExactly("id", "email", "goods", "state");
        assertThat(sample.path("columns").findValuesAsText("type"))
                .containsExactly("long", "string", "list<struct<5: name: optional string>>", "string");
        assertThat(sample.path("rows"))
                .isEqualTo(Json.read(
                        "[[3,\"c3@example.org\",[{\"name\":\"tea\"}],null],[4,\"c4@example.org\",[{\"name\":\"tea\"}],null]]",
                        JsonNode.class));
        assertThat(sample.path("complete").asBoolean()).isFalse();
        assertThat(Instant.parse(sample.path("committedAt").asText()).toEpochMilli())
                .isEqualTo(table.currentSnapshot().timestampMillis());
        assertThat(server.get("user:sal", at).path("rows")).hasSize(20);
        JsonNode all = server.get("user:sal", at + "?rows=100");
        assertThat(all.path("rows")).hasSize(27);
        assertThat(all.path("complete").asBoolean()).isTrue();
        assertThat(server.get("user:sal", at + "?rows=100&snapshot=" + then).path("rows"))
                .hasSize(28);

        // Told before it was shown.
        List<EventEnvelope<byte[]>> told = server.observed(new Address("default", "table", "default.sales.basket"));
        assertThat(told).allSatisfy(one -> {
            assertThat(one.type()).isEqualTo("fjord.catalog.table.TableSampled.v1");
            assertThat(one.actor()).isEqualTo("user:sal");
        });
        assertThat(told.stream()
                        .map(one -> Json.read(new String(one.data(), UTF_8), JsonNode.class))
                        .filter(one -> one.path("rows").asInt() == 28))
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.path("snapshotId").asText()).isEqualTo(Long.toString(then));
                    assertThat(texts(one.path("columns"))).containsExactly("id", "email", "goods", "state");
                    assertThat(one.path("hidden")).isEmpty();
                    assertThat(one.at("/table/name").asText()).isEqualTo("basket");
                });

        int before = told.size();
        assertThat(server.refused("user:nobody", "GET", at, null)).isEqualTo("access-denied");
        for (String wrong : List.of("?rows=0", "?rows=101", "?rows=x", "?snapshot=x", "?row=5")) {
            assertThat(server.refused("user:sal", "GET", at + wrong, null))
                    .as(wrong)
                    .isEqualTo("invalid-request");
        }
        assertThat(server.refused("user:sal", "GET", at + "?snapshot=1", null)).isEqualTo("snapshot-not-found");
        assertThat(server.refused(OPERATOR, "GET", "/api/v1/tables/default.sales.no/sample", null))
                .isEqualTo("asset-not-found");
        assertThat(server.observed(new Address("default", "table", "default.sales.basket")))
                .hasSize(before);

        table.io().deleteFile(first.location());
        assertThat(server.refused("user:sal", "GET", at, null)).isEqualTo("table-files-missing");
    }

    private static List<Record> baskets(Table table, long from, long to) {
        Record tea = GenericRecord.create(
                        table.schema().findType("goods.element").asStructType())
                .copy(Map.of("name", "tea"));
        return LongStream.range(from, to)
                .mapToObj(id -> TableRows.row(
                        table, Map.of("id", id, "customer_email", "c" + id + "@example.org", "goods", List.of(tea))))
                .toList();
    }

    @Test
    void values_of_columns_that_are_classified_as_sensitive_are_hidden_in_samples() {
        Table table = server.iceberg().createTable(TableIdentifier.of("sales", "baskets"), BASKETS);
        String at = "/api/v1/tables/default.sales.baskets/sample";
        TableRows.append(table, FileFormat.PARQUET, baskets(table, 0, 3));
        eventually(asset("sales", "baskets"), body -> body.has("size"));
        classify(asset("sales", "baskets"), "customer_email", "pii.email");
        classify(asset("sales", "baskets"), "id", "public");
        JsonNode seen = server.get("user:sal", at);
        assertThat(texts(seen.path("columns").get(1).path("hidden"))).containsExactly("pii.email");
        assertThat(seen.path("columns").get(0).has("hidden")).isFalse();
        assertThat(seen.path("rows").get(2).get(0).asInt()).isEqualTo(2);
        assertThat(seen.path("rows"))
                .allSatisfy(row -> assertThat(row.get(1).isNull()).isTrue());
        assertThat(seen.toString()).doesNotContain("@example.org");
        // Whoever may manage the table decides on that, and sees it.
        assertThat(server.get("user:bo", at).path("rows").get(0).get(1).asText())
                .isEqualTo("c0@example.org");

        // It stays hidden by any other name.
        table.updateSchema().renameColumn("customer_email", "mail").commit();
        JsonNode renamed = await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> server.get("user:sal", at),
                        body -> body.path("columns")
                                .get(1)
                                .path("name")
                                .asText()
                                .equals("mail"));
        assertThat(renamed.toString()).contains("pii.email").doesNotContain("@example.org");
        classify(asset("sales", "baskets"), null, "confidential");
        JsonNode none = server.get("user:sal", at);
        assertThat(none.path("rows")).isEmpty();
        assertThat(none.path("complete").asBoolean()).isFalse();
        assertThat(server.get("user:bo", at).path("rows")).hasSize(3);
        List<EventEnvelope<byte[]>> told = server.observed(new Address("default", "table", "default.sales.baskets"));
        JsonNode first = Json.read(new String(told.get(0).data(), UTF_8), JsonNode.class);
        assertThat(texts(first.path("hidden"))).containsExactly("customer_email");
        assertThat(texts(first.path("columns"))).containsExactly("id", "goods");
    }

    private List<JsonNode> pages(String path) {
        List<JsonNode> all = new ArrayList<>();
        String token = "";
        do {
            JsonNode page = server.get(OPERATOR, path + (token.isEmpty() ? "" : "&pageToken=" + token));
            page.path("items").forEach(all::add);
            token = page.path("nextPageToken").asText();
        } while (!token.isEmpty());
        return all;
    }

    @Test
    void the_glossary_is_a_tree_and_what_was_deleted_comes_back() {
        assertThat(server.refused("user:bo", "POST", "/api/v1/terms", "{\"name\":\"finance.revenue\",\"title\":\"R\"}"))
                .isEqualTo("term-parent-missing");
        server.ok("user:bo", "POST", "/api/v1/terms", "{\"name\":\"finance\",\"title\":\"Finance\"}");
        server.ok(
                "user:bo",
                "POST",
                "/api/v1/terms",
                "{\"name\":\"finance.revenue\",\"title\":\"Revenue\",\"synonyms\":[\"turnover\"]}");
        assertThat(server.refused("user:bo", "DELETE", "/api/v1/terms/finance", null))
                .isEqualTo("term-has-children");
        table("sales", "invoices");
        server.ok("user:ana", "POST", asset("sales", "invoices") + "/terms", "{\"add\":[\"finance.revenue\"]}");
        assertThat(server.refused(
                        "user:ana", "POST", asset("sales", "invoices") + "/terms", "{\"add\":[\"finance.no\"]}"))
                .isEqualTo("term-not-found");
        server.ok("user:bo", "DELETE", "/api/v1/terms/finance.revenue", null);
        assertThat(server.refused("user:bo", "GET", "/api/v1/terms/finance.revenue", null))
                .isEqualTo("term-not-found");
        assertThat(server.ok("user:bo", "POST", "/api/v1/terms/finance.revenue/restore", null)
                        .path("title")
                        .asText())
                .isEqualTo("Revenue");
        assertThat(server.get("user:bo", "/api/v1/terms?below=finance")
                        .path("items")
                        .findValuesAsText("name"))
                .containsExactly("finance.revenue");
    }

    @Test
    void a_dropped_table_is_not_listed_any_more() {
        table("sales", "gone");
        eventually(asset("sales", "gone"), body -> body.has("id"));
        server.iceberg().dropTable(TableIdentifier.of("sales", "gone"), false);
        eventually(asset("sales", "gone"), body -> body.has("droppedAt"));
        assertThat(server.get(OPERATOR, "/api/v1/assets?kind=table&parent=default.sales&pageSize=1000")
                        .path("items")
                        .findValuesAsText("name"))
                .doesNotContain("default.sales.gone");
        assertThat(server.refused(OPERATOR, "PUT", asset("sales", "gone") + "/description", "{\"description\":\"x\"}"))
                .isEqualTo("asset-not-found");
    }

    @Test
    void what_is_committed_is_found_by_words_beginnings_and_with_a_typo() {
        table("sales", "shipments");
        table("hr", "shipment_costs");
        server.ok("user:ana", "POST", asset("sales", "shipments") + "/tags", "{\"add\":[\"logistics\"]}");
        server.ok(
                "user:ana",
                "PUT",
                asset("sales", "shipments") + "/description?column=amount",
                "{\"description\":\"postage paid by us\"}");
        JsonNode found = found("q=shipments", "default/table/default.sales.shipments");
        assertThat(found.path("items").get(0).path("address").asText())
                .isEqualTo("default/table/default.sales.shipments");
        found("q=shipm&type=table", "default/table/default.hr.shipment_costs");
        found("q=shipmnets&type=table", "default/table/default.sales.shipments");
        found("q=shipment%20cost&type=table", "default/table/default.hr.shipment_costs");
        found("q=logistics", "default/table/default.sales.shipments");
        JsonNode column = found("q=postage", "default/table/default.sales.shipments");
        assertThat(column.path("items").get(0).path("column").asText()).isEqualTo("amount");
        assertThat(column.path("items").get(0).path("type").asText()).isEqualTo("column");

        JsonNode all = server.get(OPERATOR, "/api/v1/search?q=shipment&type=table");
        assertThat(all.path("total").asInt()).isEqualTo(2);
        assertThat(all.path("facets").path("tag").path("logistics").asInt()).isEqualTo(1);
        assertThat(server.get(OPERATOR, "/api/v1/search?q=shipment&type=table&tag=logistics")
                        .path("total")
                        .asInt())
                .isEqualTo(1);
        // Found, counted and told of is what one may read.
        JsonNode seen = server.get("user:sal", "/api/v1/search?q=shipment&type=table");
        assertThat(seen.path("total").asInt()).isEqualTo(1);
        assertThat(seen.path("items").findValuesAsText("address"))
                .containsExactly("default/table/default.sales.shipments");
        assertThat(seen.path("facets").path("type").path("table").asInt()).isEqualTo(1);
        assertThat(server.get("user:nobody", "/api/v1/search").path("total").asInt())
                .isZero();

        // Dropped: gone from search.
        server.iceberg().dropTable(TableIdentifier.of("hr", "shipment_costs"), false);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> server.get(OPERATOR, "/api/v1/search?q=shipment&type=table")
                                .path("total")
                                .asInt()
                        == 1);
        // Made again from the beginning, it is the same.
        JsonNode before = server.get(OPERATOR, "/api/v1/search?pageSize=200");
        server.restartWithoutIndex();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(server.get(OPERATOR, "/api/v1/search?pageSize=200"))
                        .isEqualTo(before));
    }

    private JsonNode found(String query, String address) {
        return await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () -> server.get(OPERATOR, "/api/v1/search?" + query),
                        body -> body.path("items").findValuesAsText("address").contains(address));
    }

    @Test
    void tables_of_a_hive_metastore_stand_beside_icebergs() {
        MetastoreSays hive = new MetastoreSays();
        server.captured(hive.everything("first", hive.database(1, "default"), hive.database(2, "sales")));
        server.captured(hive.transaction(hive.table(5, 2, "footfall"), hive.column(5, "id", 0), hive.key(5, "day")));
        String footfall = "/api/v1/assets/table/hive.sales.footfall";
        JsonNode entry = eventually(footfall, body -> body.has("id"));
        assertThat(entry.path("metastore").asText()).isEqualTo("hive");
        assertThat(entry.path("columns").findValuesAsText("name")).containsExactly("id", "day");
        assertThat(entry.path("properties").path("provider").asText()).isEqualTo("parquet");
        assertThat(server.get(OPERATOR, "/api/v1/assets?kind=table&parent=hive.sales")
                        .path("items")
                        .findValuesAsText("name"))
                .containsExactly("hive.sales.footfall");
        found("q=footfall&catalog=hive&type=table", "default/table/hive.sales.footfall");
        assertThat(server.get("user:sal", "/api/v1/search?q=footfall").path("items"))
                .isEmpty();
        assertThat(server.refused(OPERATOR, "POST", "/api/v1/catalogs", "{\"name\":\"hive\"}"))
                .isEqualTo("catalog-name-reserved");

        // Renamed and partitioned in one transaction: what is said goes along.
        server.ok("user:ana", "POST", footfall + "/tags", "{\"add\":[\"web\"]}");
        server.captured(hive.transaction(
                hive.renamed(5, 2, "footfall", "calls"), hive.partition(7, 5, "day=1"), hive.partition(8, 5, "day=2")));
        String calls = "/api/v1/assets/table/hive.sales.calls";
        JsonNode moved = eventually(calls, body -> body.path("tags").size() == 1 && body.has("dataChangedAt"));
        assertThat(moved.path("id")).isEqualTo(entry.path("id"));
        assertThat(server.get(OPERATOR, "/api/v1/tables/hive.sales.calls/partitions")
                        .path("items")
                        .findValuesAsText("day"))
                .containsExactly("1", "2");
        for (String what : List.of("snapshots", "sample")) {
            assertThat(server.refused(OPERATOR, "GET", "/api/v1/tables/hive.sales.calls/" + what, null))
                    .isEqualTo("table-not-iceberg");
        }

        // What is said of a column goes along too.
        server.ok("user:ana", "PUT", calls + "/description?column=id", "{\"description\":\"of the call\"}");
        server.captured(hive.transaction(hive.renamedColumn(5, "id", "call_id", 0)));
        eventually(
                calls,
                body -> body.path("columns").get(0).path("name").asText().equals("call_id")
                        && body.path("columns")
                                .get(0)
                                .path("description")
                                .asText()
                                .equals("of the call"));

        // The stream was lost: what happened meanwhile is found by comparison, and told, and that it was.
        server.captured(hive.everything(
                "slot-lost",
                hive.database(1, "default"),
                hive.database(2, "sales"),
                hive.table(6, 2, "carts"),
                hive.column(6, "item", 0)));
        eventually("/api/v1/assets/table/hive.sales.carts", body -> body.has("id"));
        assertThat(eventually(calls, body -> body.has("droppedAt")).has("id")).isTrue();
        assertThat(told("metastore", "hive"))
                .last()
                .satisfies(compared ->
                        assertThat(compared.data()).contains("\"reason\":\"slot-lost\"", "\"differences\":2"));

        // It goes on where it was: nothing is told twice.
        server.restart();
        server.captured(hive.transaction(hive.column(6, "price", 1)));
        eventually(
                "/api/v1/assets/table/hive.sales.carts",
                body -> body.path("columns").size() == 2);
        assertThat(told("table", "hive.sales.carts"))
                .extracting(event -> event.type())
                .containsExactly("fjord.catalog.hive.TableCreated.v1", "fjord.catalog.hive.ColumnsChanged.v1");
    }

    private List<EventEnvelope<String>> told(String kind, String name) {
        return server.done(server.metastore().history(new Address("default", kind, name), null));
    }

    @Test
    void openlineage_tells_what_flows_where() {
        Table from = table("sales", "clicks");
        Table to = table("sales", "visits");
        table("hr", "secret_visits");
        String run = "0193f0a0-0000-7000-8000-000000000001";
        String event = lineage(run, "COMPLETE", "load visits", from.location(), to.location());
        assertThat(server.call(OPERATOR, "POST", "/api/v1/lineage", event).status())
                .isEqualTo(201);
        // The same again, and another run that reads its output: by name, as a symlink tells.
        assertThat(server.call(OPERATOR, "POST", "/api/v1/lineage", event).status())
                .isEqualTo(201);
        String next = "{\"eventType\":\"COMPLETE\",\"eventTime\":\"2026-11-21T10:00:00Z\",\"producer\":\"test:x\","
                + "\"schemaURL\":\"https://openlineage.io/spec/1-0-5/OpenLineage.json#/definitions/RunEvent\","
                + "\"run\":{\"runId\":\"0193f0a0-0000-7000-8000-000000000002\",\"facets\":{\"odd\":{\"_producer\":\"test:x\","
                + "\"_schemaURL\":\"test:y\", \"number\": 1.50}}},"
                + "\"job\":{\"namespace\":\"test\",\"name\":\"report\"},"
                + "\"inputs\":[{\"namespace\":\"x\",\"name\":\"y\",\"facets\":{\"symlinks\":{\"_producer\":\"test:x\","
                + "\"_schemaURL\":\"test:y\",\"identifiers\":[{\"namespace\":\"i\",\"name\":\"sales.visits\","
                + "\"type\":\"TABLE\"}]}}}],"
                + "\"outputs\":[{\"namespace\":\"file\",\"name\":\"/tmp/report.csv\"}]}";
        Answer told = server.call(OPERATOR, "POST", "/api/v1/lineage/batch", "[" + next + ", {\"run\":{}}]");
        assertThat(told.status()).isEqualTo(207);
        JsonNode batch = told.body();
        assertThat(batch.path("summary").path("successful").asInt()).isEqualTo(1);
        assertThat(batch.path("failed_events").get(0).path("index").asInt()).isEqualTo(1);

        JsonNode down =
                server.get(OPERATOR, "/api/v1/lineage?asset=default/table/default.sales.clicks&direction=downstream");
        assertThat(down.path("nodes").findValuesAsText("name")).hasSize(3).contains("/tmp/report.csv");
        assertThat(down.path("edges").get(0).path("columns").get(0).path("to").asText())
                .isEqualTo("amount");
        assertThat(down.path("edges").findValuesAsText("to"))
                .hasSize(down.path("edges").size() + 1);
        JsonNode up = server.get(OPERATOR, "/api/v1/lineage?asset=default/table/default.sales.visits&depth=1");
        assertThat(up.path("nodes").findValuesAsText("address"))
                .containsExactly("default/table/default.sales.visits", "default/table/default.sales.clicks");
        assertThat(server.get(
                                OPERATOR,
                                "/api/v1/lineage?asset=default/table/default.sales.visits&asOf=2026-11-21T08:00:00Z")
                        .path("edges"))
                .isEmpty();
        // Told late of what was early: it was so then.
        String early = lineage(
                        "0193f0a0-0000-7000-8000-000000000003",
                        "COMPLETE",
                        "load visits",
                        from.location(),
                        to.location())
                .replace("T09:00", "T07:00");
        assertThat(server.call(OPERATOR, "POST", "/api/v1/lineage", early).status())
                .isEqualTo(201);
        assertThat(server.get(
                                OPERATOR,
                                "/api/v1/lineage?asset=default/table/default.sales.visits&asOf=2026-11-21T08:00:00Z")
                        .path("edges"))
                .hasSize(1);
        // What is none of ours is not for everybody, nor is what one may not read.
        assertThat(server.get(
                                "user:sal",
                                "/api/v1/lineage?asset=default/table/default.sales.clicks&direction=downstream")
                        .path("nodes")
                        .findValuesAsText("address"))
                .containsExactly("default/table/default.sales.clicks", "default/table/default.sales.visits");
        assertThat(server.refused(
                        "user:sal", "GET", "/api/v1/lineage?asset=default/table/default.hr.secret_visits", null))
                .isEqualTo("access-denied");
        assertThat(server.refused("user:sal", "POST", "/api/v1/lineage", event)).isEqualTo("access-denied");
        for (String odd :
                List.of("{\"run\":{\"runId\":\"x\"}}", "null", "[7]", "[", event.replace("load visits", "\\u0000"))) {
            assertThat(server.refused(OPERATOR, "POST", "/api/v1/lineage", odd))
                    .as(odd)
                    .isEqualTo("invalid-request");
        }
        // Nothing is lost of it, a facet nobody knows neither.
        JsonNode kept = server.get(OPERATOR, "/api/v1/lineage/events?run=" + run);
        assertThat(kept.path("items")).hasSize(1);
        assertThat(kept.path("items").get(0).path("event")).isEqualTo(Json.read(event, JsonNode.class));
        assertThat(server.call(OPERATOR, "GET", "/api/v1/lineage/events?run=0193f0a0-0000-7000-8000-000000000002", null)
                        .response()
                        .body())
                .as("to the letter")
                .contains(next);
    }

    @Test
    void what_is_read_is_popular() throws IOException {
        Table busy = table("sales", "busy");
        busy.newAppend().appendFile(file(busy, "one", 1)).commit();
        eventually(asset("sales", "busy"), body -> body.has("id"));
        try (CloseableIterable<FileScanTask> files = busy.newScan().planFiles()) {
            assertThat(files).hasSize(1);
        }
        eventually(asset("sales", "busy"), body -> body.path("uses").asLong() == 1);
        server.restart();
        eventually(asset("sales", "busy"), body -> body.path("uses").asLong() == 1);
    }

    private static String lineage(String run, String type, String job, String from, String to) {
        String in = from.substring("s3://lakehouse/".length());
        String out = to.substring("s3://lakehouse/".length());
        return "{\"eventType\":\"" + type + "\",\"eventTime\":\"2026-11-21T09:00:00Z\",\"producer\":\"test:x\","
                + "\"schemaURL\":\"https://openlineage.io/spec/1-0-5/OpenLineage.json#/definitions/RunEvent\","
                + "\"run\":{\"runId\":\"" + run
                + "\",\"facets\":{\"odd\":{\"_producer\":\"test:x\",\"_schemaURL\":\"test:y\","
                + "\"deep\":{\"number\":1.50}}}},"
                + "\"job\":{\"namespace\":\"test\",\"name\":\"" + job + "\"},"
                + "\"inputs\":[{\"namespace\":\"s3://lakehouse\",\"name\":\"" + in + "\"}],"
                + "\"outputs\":[{\"namespace\":\"s3://lakehouse\",\"name\":\"" + out
                + "\",\"facets\":{\"columnLineage\":"
                + "{\"_producer\":\"test:x\",\"_schemaURL\":\"test:y\",\"fields\":{\"amount\":{\"inputFields\":[{"
                + "\"namespace\":\"s3://lakehouse\",\"name\":\"" + in + "\",\"field\":\"amount\",\"transformations\":[{"
                + "\"type\":\"DIRECT\",\"subtype\":\"IDENTITY\"}]}]}}}}}]}";
    }
}
