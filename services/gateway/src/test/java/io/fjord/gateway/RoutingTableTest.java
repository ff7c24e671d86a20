package io.fjord.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.platform.http.Document;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoutingTableTest {

    private final RoutingTable table =
            new RoutingTable(Map.of("core", Document.of("core"), "iam", Document.of("iam"), "sql", Document.of("sql")));

    @Test
    void a_noun_belongs_to_one_service() {
        assertThat(table.service("/api/v1/clusters")).contains("core");
        assertThat(table.service("/api/v1/clusters/etl/start")).contains("core");
        assertThat(table.service("/api/v1/grants/x")).contains("iam");
        assertThat(table.service("/api/v1/nothing")).isEmpty();
        assertThat(table.service("/api/v1/")).isEmpty();
        assertThat(table.service("/")).isEmpty();
    }

    @Test
    void a_part_of_its_things_may_be_anothers() {
        assertThat(table.service("/api/v1/domains")).contains("core");
        assertThat(table.service("/api/v1/domains/sales")).contains("core");
        assertThat(table.service("/api/v1/domains/sales/owners")).contains("iam");
        assertThat(table.service("/api/v1/domains/sales/members/user:ana")).contains("iam");
        assertThat(table.service("/api/v1/domains/sales/else")).contains("core");
    }

    @Test
    void only_where_tokens_are_given_out_is_nobody_asked_for_one() {
        RoutingTable all = new RoutingTable(Map.of("catalog", Document.of("catalog")));
        assertThat(all.isOpen("/iceberg/v1/oauth/tokens")).isTrue();
        assertThat(all.isOpen("/iceberg/v1/config")).isFalse();
        assertThat(all.isOpen("/iceberg/v1/oauth/tokens/x")).isFalse();
    }

    @Test
    void two_services_do_not_share_a_noun() {
        assertThatThrownBy(() -> new RoutingTable(Map.of("core", Document.of("core"), "copy", Document.of("core"))))
                .hasMessageContaining("have routes under");
    }
}
