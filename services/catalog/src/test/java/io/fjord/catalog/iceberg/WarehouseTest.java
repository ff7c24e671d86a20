package io.fjord.catalog.iceberg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.Test;

final class WarehouseTest {

    @Test
    void aDomainAloneMeansItsDefaultCatalog() {
        assertThat(Warehouse.parse("sales")).isEqualTo(new Warehouse("sales", "default"));
        assertThat(Warehouse.parse("sales.raw")).isEqualTo(new Warehouse("sales", "raw"));
        assertThat(Warehouse.parse("sales.default")).hasToString("sales");
        assertThat(Warehouse.parse("sales.raw")).hasToString("sales.raw");
        assertThatThrownBy(() -> Warehouse.parse("Sales/raw")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void twoThingsNeverShareAnAddress() {
        Warehouse warehouse = Warehouse.parse("sales");
        TableIdentifier nested = TableIdentifier.of(Namespace.of("a", "b"), "c");
        TableIdentifier dotted = TableIdentifier.of(Namespace.of("a.b"), "c");
        assertThat(warehouse.name(nested).in("sales", "table")).hasToString("sales/table/default.a.b.c");
        assertThat(warehouse.name(dotted).in("sales", "table")).hasToString("sales/table/default.a%2Eb.c");
    }
}
