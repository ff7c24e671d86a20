package io.fjord.catalog.explorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotParser;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.hadoop.HadoopFileIO;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TableContentsTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 9_054_583_533_709_737_808L, Long.MAX_VALUE})
    void a_snapshot_is_found_whatever_its_id(long id) {
        assertThat(contents(id).snapshot(Optional.of(Long.toString(id))).map(Snapshot::snapshotId))
                .contains(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "01", "9223372036854775808", "-1", "", "main"})
    void what_is_no_id_of_its_snapshots_is_none(String id) {
        assertThat(contents(1).snapshot(Optional.of(id))).isEmpty();
    }

    private static TableContents contents(long snapshot) {
        Schema schema = new Schema(Types.NestedField.required(1, "id", Types.LongType.get()));
        TableMetadata empty =
                TableMetadata.newTableMetadata(schema, PartitionSpec.unpartitioned(), "memory:/t", Map.of());
        Snapshot one = SnapshotParser.fromJson("{\"snapshot-id\": %d, \"sequence-number\": 1, \"timestamp-ms\": %d,"
                        .formatted(snapshot, empty.lastUpdatedMillis())
                + " \"summary\": {\"operation\": \"append\"}, \"manifest-list\": \"memory:/t/list.avro\","
                + " \"schema-id\": 0}");
        return new TableContents(
                TableMetadata.buildFrom(empty).setBranchSnapshot(one, "main").build(), new HadoopFileIO());
    }
}
