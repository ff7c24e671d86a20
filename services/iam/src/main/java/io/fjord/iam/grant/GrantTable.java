package io.fjord.iam.grant;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.platform.sql.Table;
import io.vertx.sqlclient.Row;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Grants as rows of {@code iam.access_grant}. */
final class GrantTable implements Table<Grant> {

    @Override
    public String table() {
        return "iam.access_grant";
    }

    @Override
    public String kind() {
        return "grant";
    }

    @Override
    public List<String> columns() {
        return List.of("state", "subject", "role", "bundle", "actions", "resources", "made_micros");
    }

    @Override
    public List<@Nullable Object> values(Grant grant) {
        return Arrays.asList(
                grant.exists() ? "live" : "revoked",
                grant.subject(),
                grant.role(),
                grant.bundle(),
                Json.text(grant.actions()),
                Json.text(grant.resources()),
                Table.micros(grant.madeAt()));
    }

    @Override
    public Grant read(Address address, Row row) {
        return new Grant(
                address,
                row.getString("state").equals("live"),
                row.getString("subject"),
                row.getString("role"),
                List.of(Json.read(row.getString("actions"), String[].class)),
                List.of(Json.read(row.getString("resources"), String[].class)),
                row.getString("bundle"),
                Table.time(row.getLong("made_micros")));
    }

    @Override
    public boolean exists(Grant grant) {
        return grant.exists();
    }

    @Override
    public String existing() {
        return "state = 'live'";
    }
}
