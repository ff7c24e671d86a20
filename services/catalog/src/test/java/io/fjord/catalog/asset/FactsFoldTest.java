package io.fjord.catalog.asset;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.EntryName;
import io.fjord.contract.catalog.hive.HiveEvent;
import io.fjord.contract.catalog.table.TableEvent.DroppedTableExpired;
import io.fjord.contract.catalog.table.TableEvent.TableCreated;
import io.fjord.contract.catalog.table.TableEvent.TableDropped;
import io.fjord.contract.catalog.table.TableEvent.TableRenamed;
import io.fjord.contract.catalog.table.TableEvent.TableUndropped;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is left of a table after it was created, renamed, dropped and brought back, whatever took its name meanwhile. */
class FactsFoldTest {

    private final Map<Address, Facts> all = new HashMap<>();
    private final FactsFold fold = new FactsFold(all);
    private long n;

    private static EntryName name(String table) {
        return new EntryName("default", List.of("sales"), table);
    }

    private static Address at(String table) {
        return name(table).in("default", "table");
    }

    private void happened(String table, Object event) {
        n++;
        fold.apply(
                new EventEnvelope<>(
                        "e" + n,
                        "t",
                        "catalog",
                        Instant.ofEpochSecond(n),
                        at(table),
                        new Position(1, n),
                        n,
                        "user:ana",
                        "c",
                        null,
                        null,
                        null,
                        null,
                        null,
                        ""),
                event);
    }

    private void created(String table, String id) {
        happened(
                table,
                new TableCreated(
                        name(table),
                        id,
                        "s3://lakehouse/" + id,
                        "s3://lakehouse/" + id + "/m.json",
                        2,
                        List.of(new Column(1, "of_" + id, "long", true, null)),
                        Map.of(),
                        List.of()));
    }

    private void renamed(String from, String to, String id) {
        happened(from, new TableRenamed(name(from), name(to), id));
    }

    private void dropped(String table, String id, @Nullable Instant keptUntil) {
        happened(table, new TableDropped(name(table), id, "m", false, keptUntil));
    }

    @Test
    void a_table_knows_all_its_former_names() {
        created("a", "one");
        renamed("a", "b", "one");
        renamed("b", "c", "one");
        created("a", "two");

        assertThat(all.keySet()).containsExactlyInAnyOrder(at("a"), at("c"));
        assertThat(all.get(at("c")).formerly()).containsExactly(at("a"), at("b"));
        assertThat(all.get(at("c")).id()).isEqualTo("one");
        assertThat(all.get(at("a")).formerly()).isEmpty();
    }

    @Test
    void a_dropped_one_comes_back_though_its_name_was_taken() {
        created("a", "one");
        dropped("a", "one", Instant.ofEpochSecond(1_000));
        created("a", "two");
        assertThat(all.get(at("a")).id()).isEqualTo("two");

        happened("b", new TableUndropped(name("b"), "one", "m"));
        assertThat(all.get(at("b")).isThere()).isTrue();
        assertThat(all.get(at("b")).hasColumn("of_one")).isTrue();
        assertThat(all.keySet()).containsExactlyInAnyOrder(at("a"), at("b"));
    }

    @Test
    void one_that_cannot_be_had_back_leaves_no_trace_once_its_name_is_taken_or_its_time_is_over() {
        created("a", "one");
        dropped("a", "one", null);
        assertThat(all.get(at("a")).isThere()).isFalse();
        created("a", "two");
        dropped("a", "two", Instant.ofEpochSecond(1_000));
        created("a", "three");
        assertThat(all).hasSize(2);
        happened("a", new DroppedTableExpired(name("a"), "two", "m", true));
        assertThat(all.keySet()).containsExactly(at("a"));
        assertThat(all.get(at("a")).id()).isEqualTo("three");
    }

    @Test
    void a_table_of_the_hive_metastore_is_told_like_any_other() {
        List<Column> columns = List.of(new Column(1, "id", "bigint", false, null));
        happened(
                "a",
                new HiveEvent.TableCreated(
                        name("a"),
                        "5-1",
                        "MANAGED_TABLE",
                        "iceberg",
                        "file:/w/a",
                        "ada",
                        columns,
                        List.of("day"),
                        Map.of("metadata_location", "m1")));
        happened(
                "a",
                new HiveEvent.PropertiesChanged(
                        name("a"), "5-1", Map.of("metadata_location", "m2", "current-snapshot-id", "7"), List.of()));
        happened("a", new HiveEvent.TableRenamed(name("a"), name("b"), "5-1"));

        Facts facts = all.get(at("b"));
        assertThat(facts.metastore()).isEqualTo("hive");
        assertThat(facts.columns()).isEqualTo(columns);
        assertThat(facts.metadataLocation()).isEqualTo("m2");
        assertThat(facts.dataChangedAt()).isEqualTo(Instant.ofEpochSecond(2));
        assertThat(facts.properties())
                .containsEntry("provider", "iceberg")
                .containsEntry("owner", "ada")
                .containsEntry("partitioned-by", "day");
        assertThat(facts.formerly()).containsExactly(at("a"));

        happened("b", new HiveEvent.TableDropped(name("b"), "5-1"));
        assertThat(all.get(at("b")).isThere()).isFalse();
    }
}
