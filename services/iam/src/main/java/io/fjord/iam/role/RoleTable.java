package io.fjord.iam.role;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.iam.UseByGrants;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Tx;
import io.fjord.platform.sql.SqlTx;
import io.fjord.platform.sql.Table;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Roles as rows of {@code iam.role}. */
final class RoleTable implements Table<Role> {

    @Override
    public String table() {
        return "iam.role";
    }

    @Override
    public String kind() {
        return "role";
    }

    @Override
    public List<String> columns() {
        return List.of("id", "state", "description", "actions", "created_micros");
    }

    @Override
    public List<@Nullable Object> values(Role role) {
        return Arrays.asList(
                role.id(),
                role.exists() ? "live" : "deleted",
                role.description(),
                Json.text(role.actions()),
                Table.micros(role.createdAt()));
    }

    @Override
    public Role read(Address address, Row row) {
        return new Role(
                address,
                row.getString("state").equals("live"),
                row.getString("id"),
                row.getString("description"),
                List.of(Json.read(row.getString("actions"), String[].class)),
                Table.time(row.getLong("created_micros")),
                0);
    }

    @Override
    public boolean exists(Role role) {
        return role.exists();
    }

    @Override
    public String existing() {
        return "state = 'live'";
    }

    @Override
    public Future<Map<Address, Stored<Role>>> complete(Tx tx, Map<Address, Stored<Role>> found) {
        return UseByGrants.count(SqlTx.of(tx), "role", found, Role::usedBy);
    }
}
