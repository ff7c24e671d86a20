package io.fjord.catalog.asset;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.contract.catalog.asset.Notes;
import io.fjord.platform.sql.Table;
import io.vertx.sqlclient.Row;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What people say, as rows of {@code catalog.asset}. */
final class AssetTable implements Table<Asset> {

    @Override
    public String table() {
        return "catalog.asset";
    }

    @Override
    public String kind() {
        return AssetName.KIND;
    }

    @Override
    public List<String> columns() {
        return List.of("thing", "requests", "notes");
    }

    @Override
    public List<@Nullable Object> values(Asset asset) {
        Address thing = AssetName.thing(asset.address());
        return Arrays.asList(
                thing.kind() + "/" + thing.name(), asset.notes().requests().size(), Json.text(asset.notes()));
    }

    @Override
    public Asset read(Address address, Row row) {
        return new Asset(address, false, Json.read(row.getString("notes"), Notes.class));
    }

    @Override
    public boolean exists(Asset state) {
        return true;
    }

    @Override
    public String existing() {
        return "1 = 1";
    }
}
