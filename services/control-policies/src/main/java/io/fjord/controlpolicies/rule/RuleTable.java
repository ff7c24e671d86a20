package io.fjord.controlpolicies.rule;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.platform.sql.Table;
import io.vertx.sqlclient.Row;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rules of one kind as rows, each with its state as JSON.
 *
 * @param kind also the name of the table
 */
public record RuleTable<S extends Rule>(String kind, Class<S> state) implements Table<S> {

    @Override
    public String table() {
        return "control_policies." + kind;
    }

    @Override
    public List<String> columns() {
        return List.of("there", "detail");
    }

    @Override
    public List<@Nullable Object> values(S rule) {
        return List.of(rule.there() ? 1 : 0, Json.text(rule));
    }

    @Override
    public S read(Address address, Row row) {
        return Json.read(row.getString("detail"), state);
    }

    @Override
    public boolean exists(S rule) {
        return rule.there();
    }

    @Override
    public String existing() {
        return "there = 1";
    }
}
