package io.fjord.cdc.capture;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.testing.TestServers;
import java.sql.DriverManager;
import org.junit.jupiter.api.Test;

class PostgresCaptureIT extends CaptureContract {

    private final DatabaseServer server = TestServers.newPostgres(TestServers.newHome("postgres"), Durability.NONE);

    @Override
    DatabaseServer newDatabase() {
        return server;
    }

    @Override
    String longText() {
        return "text";
    }

    @Test
    void the_capture_role_sees_no_other_table() throws Exception {
        var owner = server.apart("keycloak", java.util.List.of());
        try (var connection = DriverManager.getConnection(owner.jdbcUrl(), owner.user(), owner.password());
                var statement = connection.createStatement()) {
            statement.execute("create table user_entity (id varchar(36) primary key)");
        }
        var capture = server.cdcAddress().withDatabase("keycloak");
        assertThatThrownBy(() -> {
                    try (var connection =
                                    DriverManager.getConnection(capture.jdbcUrl(), capture.user(), capture.password());
                            var statement = connection.createStatement()) {
                        statement.executeQuery("select * from user_entity");
                    }
                })
                .hasMessageContaining("permission denied");
    }
}
