package io.fjord.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClusterNameTest {

    @Test
    void paths_name_a_cluster_and_perhaps_its_domain() {
        assertThat(ClusterName.ofPath("/lakehouse/etl")).contains(new ClusterName("default", "etl"));
        assertThat(ClusterName.ofPath("/lakehouse/etl/")).contains(new ClusterName("default", "etl"));
        assertThat(ClusterName.ofPath("/lakehouse/sales/etl")).contains(new ClusterName("sales", "etl"));
        assertThat(ClusterName.ofPath("/sql/protocolv1/o/0/etl")).contains(new ClusterName("default", "etl"));
        assertThat(ClusterName.ofPath("/sql/protocolv1/o/sales/etl")).contains(new ClusterName("sales", "etl"));
        assertThat(ClusterName.ofPath("/lakehouse")).isEmpty();
        assertThat(ClusterName.ofPath("/lakehouse/a/b/c")).isEmpty();
        assertThat(ClusterName.ofPath("/api/v1/clusters")).isEmpty();
    }

    @Test
    void a_user_name_may_carry_a_cluster() {
        assertThat(ClusterName.ofUser("etl")).isEqualTo(new ClusterName("default", "etl"));
        assertThat(ClusterName.ofUser("alice@etl")).isEqualTo(new ClusterName("default", "etl"));
        assertThat(ClusterName.ofUser("alice@sales/etl")).isEqualTo(new ClusterName("sales", "etl"));
        assertThat(ClusterName.ofUser("alice@example.com@etl")).isEqualTo(new ClusterName("default", "etl"));
        assertThat(ClusterName.ofUser("alice@example.com")).isEqualTo(ClusterName.NONE);
        assertThat(ClusterName.ofUser("")).isEqualTo(ClusterName.NONE);
    }

    @Test
    void what_is_no_name_names_nothing() {
        assertThat(ClusterName.parse("Etl")).isEmpty();
        assertThat(ClusterName.parse("a/b/c")).isEmpty();
        assertThat(ClusterName.parse("/etl")).isEmpty();
        assertThat(ClusterName.parse("sales/")).isEmpty();
    }
}
