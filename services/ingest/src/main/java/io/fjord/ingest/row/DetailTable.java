package io.fjord.ingest.row;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.kernel.Thing;
import io.fjord.platform.sql.Table;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Things of one kind as rows, each with its state as JSON.
 *
 * @param kind the middle of their addresses
 * @param name of the table
 * @param there whether it is there for those who read
 */
public record DetailTable<S extends Thing>(String kind, String name, Class<S> state, Predicate<S> there)
        implements Table<S> {

    @Override
    public String table() {
        return "ingest." + name;
    }

    @Override
    public List<String> columns() {
        return List.of("there", "detail");
    }

    @Override
    public List<@Nullable Object> values(S thing) {
        return List.of(there.test(thing) ? 1 : 0, Json.text(thing));
    }

    @Override
    public S read(Address address, Row row) {
        return Json.read(row.getString("detail"), state);
    }

    @Override
    public boolean exists(S thing) {
        return there.test(thing);
    }

    @Override
    public String existing() {
        return "there = 1";
    }
}
