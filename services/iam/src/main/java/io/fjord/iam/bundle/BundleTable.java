package io.fjord.iam.bundle;

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

/** Bundles as rows of {@code iam.bundle}. */
final class BundleTable implements Table<Bundle> {

    @Override
    public String table() {
        return "iam.bundle";
    }

    @Override
    public String kind() {
        return "bundle";
    }

    @Override
    public List<String> columns() {
        return List.of("id", "state", "description", "resources", "created_micros");
    }

    @Override
    public List<@Nullable Object> values(Bundle bundle) {
        return Arrays.asList(
                bundle.id(),
                bundle.exists() ? "live" : "deleted",
                bundle.description(),
                Json.text(bundle.resources()),
                Table.micros(bundle.createdAt()));
    }

    @Override
    public Bundle read(Address address, Row row) {
        return new Bundle(
                address,
                row.getString("state").equals("live"),
                row.getString("id"),
                row.getString("description"),
                List.of(Json.read(row.getString("resources"), String[].class)),
                Table.time(row.getLong("created_micros")),
                0);
    }

    @Override
    public boolean exists(Bundle bundle) {
        return bundle.exists();
    }

    @Override
    public String existing() {
        return "state = 'live'";
    }

    @Override
    public Future<Map<Address, Stored<Bundle>>> complete(Tx tx, Map<Address, Stored<Bundle>> found) {
        return UseByGrants.count(SqlTx.of(tx), "bundle", found, Bundle::usedBy);
    }
}
