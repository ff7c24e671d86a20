package io.fjord.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.embedded.Durability;
import org.junit.jupiter.api.Test;

class TestServersIT {

    @Test
    void a_server_is_started_once_and_others_beside_it_are_others() {
        var shared = TestServers.postgres();

        try (var own = TestServers.newPostgres(TestServers.newHome("own"), Durability.ON_DISK)) {
            own.start();

            assertThat(TestServers.postgres()).isSameAs(shared);
            assertThat(shared.isRunning()).isTrue();
            assertThat(own.port()).isNotEqualTo(shared.port());
        }
        assertThat(shared.isRunning()).isTrue();
    }

    @Test
    void an_empty_mariadb_is_copied_and_starts() {
        assertThat(TestServers.mariadb().isRunning()).isTrue();
    }
}
