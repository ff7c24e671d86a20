package io.fjord.iam;

import io.fjord.contract.Address;
import io.fjord.kernel.Stored;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * How many grants name a role or a bundle. A grant on its way in another partition is not counted; should the role go first, the
 * grant grants nothing.
 */
public final class UseByGrants {

    private UseByGrants() {}

    /** @param column of {@code iam.access_grant}: {@code role} or {@code bundle} */
    public static <S> Future<Map<Address, Stored<S>>> count(
            SqlTx tx, String column, Map<Address, Stored<S>> found, BiFunction<S, Long, S> with) {
        if (found.isEmpty()) {
            return Future.succeededFuture(found);
        }
        Set<String> domains =
                found.keySet().stream().map(Address::domain).collect(Collectors.toCollection(TreeSet::new));
        return tx.queryIn(
                        "SELECT domain, " + column + " AS used, COUNT(*) AS grants FROM iam.access_grant"
                                + " WHERE state = 'live' AND " + column
                                + " IS NOT NULL AND domain IN (??) GROUP BY domain, "
                                + column,
                        domains)
                .map(rows -> {
                    Map<String, Long> counts = rows.stream()
                            .collect(Collectors.toMap(
                                    row -> row.getString("domain") + "/" + row.getString("used"),
                                    UseByGrants::grants,
                                    Long::sum));
                    Map<Address, Stored<S>> counted = new LinkedHashMap<>();
                    found.forEach((address, stored) -> counted.put(
                            address,
                            new Stored<>(
                                    with.apply(
                                            stored.state(),
                                            counts.getOrDefault(address.domain() + "/" + address.name(), 0L)),
                                    stored.version())));
                    return counted;
                });
    }

    private static Long grants(Row row) {
        return row.getLong("grants");
    }
}
