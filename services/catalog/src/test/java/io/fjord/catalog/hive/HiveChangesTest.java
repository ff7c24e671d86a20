package io.fjord.catalog.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.catalog.hive.HiveChanges.Told;
import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.hive.HiveEvent;
import io.fjord.contract.catalog.hive.HiveEvent.ColumnsChanged;
import io.fjord.contract.catalog.hive.HiveEvent.DatabaseCreated;
import io.fjord.contract.catalog.hive.HiveEvent.DatabaseDropped;
import io.fjord.contract.catalog.hive.HiveEvent.DefinitionChanged;
import io.fjord.contract.catalog.hive.HiveEvent.PartitionsAdded;
import io.fjord.contract.catalog.hive.HiveEvent.PropertiesChanged;
import io.fjord.contract.catalog.hive.HiveEvent.TableCreated;
import io.fjord.contract.catalog.hive.HiveEvent.TableDropped;
import io.fjord.contract.catalog.hive.HiveEvent.TableRenamed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HiveChangesTest {

    private static final MetastoreRow DATABASE =
            row("DBS", Map.of("DB_ID", 1L, "NAME", "sales", "DB_LOCATION_URI", "file:/s"));
    private static final MetastoreRow STORAGE = row(
            "SDS",
            Map.of(
                    "SD_ID",
                    7L,
                    "CD_ID",
                    8L,
                    "SERDE_ID",
                    9L,
                    "LOCATION",
                    "file:/s/orders",
                    "INPUT_FORMAT",
                    "o.a.MapredParquetInputFormat"));
    private static final MetastoreRow ID = column("id", "bigint", 0);
    private static final MetastoreRow ID_AT_1 = column("id", "bigint", 1);
    private static final MetastoreRow DAY =
            row("PARTITION_KEYS", Map.of("TBL_ID", 5L, "PKEY_NAME", "day", "PKEY_TYPE", "string", "INTEGER_IDX", 0L));

    @Test
    void a_table_is_told_of_with_its_columns_and_where_it_lies() {
        var told = between(List.of(), List.of(DATABASE, table("orders"), STORAGE, ID, DAY));

        assertThat(told).hasSize(2);
        assertThat(told.get(0).event()).isInstanceOf(DatabaseCreated.class);
        assertThat(told.get(1).subject()).hasToString("default/table/hive.sales.orders");
        assertThat(told.get(1).event()).isInstanceOfSatisfying(TableCreated.class, created -> {
            assertThat(created.format()).isEqualTo("parquet");
            assertThat(created.location()).isEqualTo("file:/s/orders");
            assertThat(created.columns()).extracting(Column::name).containsExactly("id", "day");
            assertThat(created.partitionedBy()).containsExactly("day");
        });
    }

    @Test
    void a_table_whose_rows_are_as_they_were_is_not_told_of() {
        var rows = List.of(DATABASE, table("orders"), STORAGE, ID, DAY);

        assertThat(between(rows, rows)).isEmpty();
        assertThat(between(rows, with(rows, parameter("transient_lastDdlTime", "1"))))
                .isEmpty();
    }

    @Test
    void what_changed_is_told_each_by_its_own_event() {
        var rows = List.of(DATABASE, table("orders"), STORAGE, ID);

        assertThat(events(between(rows, List.of(DATABASE, table("purchases"), STORAGE, ID))))
                .singleElement()
                .isInstanceOfSatisfying(TableRenamed.class, renamed -> {
                    assertThat(renamed.from().name()).isEqualTo("orders");
                    assertThat(renamed.to().name()).isEqualTo("purchases");
                });
        assertThat(events(between(
                        rows,
                        List.of(
                                DATABASE,
                                table("orders"),
                                STORAGE,
                                column("id", "int", 0),
                                column("note", "string", 1)))))
                .singleElement()
                .isInstanceOfSatisfying(ColumnsChanged.class, changed -> {
                    assertThat(changed.added()).containsExactly("note");
                    assertThat(changed.changed()).containsExactly("id");
                    assertThat(changed.removed()).isEmpty();
                });
        assertThat(events(between(rows, with(rows, parameter("owner", "ada")))))
                .singleElement()
                .isInstanceOfSatisfying(
                        PropertiesChanged.class,
                        changed -> assertThat(changed.set()).containsEntry("owner", "ada"));
        assertThat(events(between(rows, with(rows, parameter("table_type", "ICEBERG")))))
                .hasAtLeastOneElementOfType(DefinitionChanged.class);
        assertThat(events(between(rows, List.of())))
                .hasExactlyElementsOfTypes(TableDropped.class, DatabaseDropped.class);
    }

    @Test
    void sparks_own_description_goes_before_the_columns_hive_can_say() {
        var schema =
                "{\"type\":\"struct\",\"fields\":[{\"name\":\"s\",\"type\":{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":\"integer\",\"nullable\":true,\"metadata\":{}}]},\"nullable\":true,\"metadata\":{\"comment\":\"c\"}}]}";
        var told = between(
                List.of(DATABASE),
                List.of(
                        DATABASE,
                        table("j"),
                        STORAGE,
                        column("col", "array<string>", 0),
                        parameter("spark.sql.sources.provider", "JSON"),
                        parameter("spark.sql.sources.schema", schema)));

        assertThat(events(told)).singleElement().isInstanceOfSatisfying(TableCreated.class, created -> {
            assertThat(created.format()).isEqualTo("json");
            assertThat(created.columns()).containsExactly(new Column(1, "s", "struct<a:int>", false, "c"));
            assertThat(created.properties()).doesNotContainKey("spark.sql.sources.schema");
        });
    }

    @Test
    void a_column_of_another_name_in_the_same_place_is_renamed() {
        var rows = List.of(DATABASE, table("orders"), STORAGE, ID, column("mail", "string", 1), DAY);

        assertThat(columns(rows, List.of(DATABASE, table("orders"), STORAGE, ID, column("email", "string", 1), DAY)))
                .satisfies(changed -> {
                    assertThat(changed.renamed()).containsExactlyEntriesOf(Map.of("mail", "email"));
                    // As it was told before there were renamed ones.
                    assertThat(changed.added()).containsExactly("email");
                    assertThat(changed.removed()).containsExactly("mail");
                });
        // Of another type, or beside another one, it is a new one.
        for (var other : List.of(
                List.of(ID, column("email", "binary", 1), DAY),
                List.of(column("no", "bigint", 0), column("email", "string", 1), DAY),
                List.of(ID, column("email", "string", 1), column("more", "string", 2), DAY),
                List.of(column("email", "string", 0), column("id", "bigint", 1), DAY),
                List.of(ID, DAY))) {
            assertThat(columns(rows, with(List.of(DATABASE, table("orders"), STORAGE), other))
                            .renamed())
                    .as(other.toString())
                    .isNull();
        }
    }

    @Test
    void a_column_of_an_iceberg_table_is_known_by_its_field() {
        var base = List.of(DATABASE, table("orders"), STORAGE, parameter("table_type", "ICEBERG"));
        var rows = with(
                base,
                List.of(
                        ID,
                        column("a", "string", 1),
                        column("b", "string", 2),
                        fields("{'id':1,'name':'id'},{'id':4,'name':'A'},{'id':5,'name':'b'}")));

        assertThat(
                        columns(
                                rows,
                                with(
                                        base,
                                        List.of(
                                                column("b", "string", 0),
                                                ID_AT_1,
                                                column("a", "string", 2),
                                                column("c", "string", 3),
                                                fields(
                                                        "{'id':4,'name':'b'},{'id':1,'name':'id'},{'id':5,'name':'A'},{'id':6,'name':'c'}")))))
                .satisfies(changed -> {
                    assertThat(changed.renamed()).containsExactlyInAnyOrderEntriesOf(Map.of("a", "b", "b", "a"));
                    assertThat(changed.added()).containsExactly("c");
                    assertThat(changed.columns()).extracting(Column::id).containsExactly(4, 1, 5, 6);
                });
        // One that is gone, and a new one in its place of the same type: not renamed, other than in a table of Hive's
        // own.
        assertThat(columns(
                                rows,
                                with(
                                        base,
                                        List.of(
                                                ID,
                                                column("a", "string", 1),
                                                column("c", "string", 2),
                                                fields(
                                                        "{'id':1,'name':'id'},{'id':4,'name':'A'},{'id':6,'name':'c'}"))))
                        .renamed())
                .isNull();
        // A schema that does not fit the columns is not believed.
        assertThat(events(between(List.of(DATABASE), with(base, List.of(ID, fields("{'id':4,'name':'other'}"))))))
                .singleElement()
                .isInstanceOfSatisfying(
                        TableCreated.class,
                        created -> assertThat(created.columns())
                                .extracting(Column::id)
                                .containsExactly(1));
    }

    private static MetastoreRow fields(String fields) {
        return parameter(
                "current-schema", ("{'type':'struct','schema-id':0,'fields':[" + fields + "]}").replace('\'', '"'));
    }

    private static ColumnsChanged columns(List<MetastoreRow> before, List<MetastoreRow> after) {
        return events(between(before, after)).stream()
                .filter(ColumnsChanged.class::isInstance)
                .map(ColumnsChanged.class::cast)
                .findFirst()
                .orElseThrow();
    }

    private static List<MetastoreRow> with(List<MetastoreRow> rows, List<MetastoreRow> more) {
        var all = new ArrayList<>(rows);
        all.addAll(more);
        return all;
    }

    @Test
    void an_id_given_again_is_another_table() {
        var before = List.of(DATABASE, table("orders"), STORAGE, ID);
        var again = row(
                "TBLS",
                Map.of(
                        "TBL_ID",
                        5L,
                        "DB_ID",
                        1L,
                        "SD_ID",
                        7L,
                        "TBL_NAME",
                        "orders",
                        "TBL_TYPE",
                        "MANAGED_TABLE",
                        "CREATE_TIME",
                        200L));

        assertThat(events(between(before, List.of(DATABASE, again, STORAGE, ID))))
                .hasExactlyElementsOfTypes(TableDropped.class, TableCreated.class);
    }

    @Test
    void partitions_are_told_with_their_table_and_not_of_one_that_is_gone() {
        var rows = new MetastoreRows(List.of(DATABASE, table("orders"), STORAGE, ID, DAY));

        assertThat(HiveChanges.between(rows, rows, Map.of("5", List.of("day=1", "day=2")), Map.of()))
                .singleElement()
                .satisfies(told -> assertThat(((PartitionsAdded) told.event()).partitions())
                        .containsExactly("day=1", "day=2"));
        assertThat(events(HiveChanges.between(
                        rows, new MetastoreRows(List.of(DATABASE)), Map.of(), Map.of("5", List.of("day=1")))))
                .hasExactlyElementsOfTypes(TableDropped.class);
    }

    // Rows

    private static List<Told> between(List<MetastoreRow> before, List<MetastoreRow> after) {
        return HiveChanges.between(new MetastoreRows(before), new MetastoreRows(after), Map.of(), Map.of());
    }

    private static List<HiveEvent> events(List<Told> told) {
        return told.stream().map(Told::event).toList();
    }

    private static List<MetastoreRow> with(List<MetastoreRow> rows, MetastoreRow one) {
        var all = new ArrayList<>(rows);
        all.add(one);
        return all;
    }

    private static MetastoreRow row(String relation, Map<String, Object> values) {
        return MetastoreRow.of(relation, values);
    }

    private static MetastoreRow table(String name) {
        return row(
                "TBLS",
                Map.of(
                        "TBL_ID",
                        5L,
                        "DB_ID",
                        1L,
                        "SD_ID",
                        7L,
                        "TBL_NAME",
                        name,
                        "TBL_TYPE",
                        "MANAGED_TABLE",
                        "CREATE_TIME",
                        100L));
    }

    private static MetastoreRow column(String name, String type, long index) {
        return row("COLUMNS_V2", Map.of("CD_ID", 8L, "COLUMN_NAME", name, "TYPE_NAME", type, "INTEGER_IDX", index));
    }

    private static MetastoreRow parameter(String key, String value) {
        return row("TABLE_PARAMS", Map.of("TBL_ID", 5L, "PARAM_KEY", key, "PARAM_VALUE", value));
    }
}
