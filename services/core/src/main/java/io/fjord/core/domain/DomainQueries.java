package io.fjord.core.domain;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.contract.Problem;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Metastore.At;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Reads of domains and their quotas. */
public final class DomainQueries {

    private final Metastore metastore;

    /** A domain that is there stays; a wish need not wait for the database to say so again. */
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    public DomainQueries(Metastore metastore) {
        this.metastore = metastore;
    }

    /** @param limit null for no limit */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Use(@Nullable Long limit, long used) {}

    /** @param quota by resource */
    public record Domain(String name, Instant createdAt, Map<String, Use> quota) {}

    public static Problem notFound(String name) {
        return Problem.of(
                "domain-not-found",
                404,
                "No such domain",
                "There is no domain called '" + name + "'. 'GET /api/v1/domains' lists those there are.");
    }

    public Future<Boolean> exists(String name) {
        if (seen.contains(name)) {
            return Future.succeededFuture(true);
        }
        return metastore
                .snapshot(tx -> SqlTx.of(tx).query("SELECT name FROM core.domain WHERE name = ?", name))
                .map(at -> {
                    boolean there = at.value().size() > 0;
                    if (there) {
                        seen.add(name);
                    }
                    return there;
                });
    }

    /** Domains after that name, in order. */
    public Future<At<List<Domain>>> page(String after, int size) {
        return read("name > ?", after, size);
    }

    public Future<At<List<Domain>>> named(String name) {
        return read("name = ?", name, 1);
    }

    private Future<At<List<Domain>>> read(String where, String value, int size) {
        return metastore.snapshot(tx -> SqlTx.of(tx)
                .query(
                        "SELECT d.name, d.created_micros, q.resource, q.limit_amount, q.used FROM"
                                + " (SELECT name, created_micros FROM core.domain WHERE " + where
                                + " ORDER BY name LIMIT ?) d"
                                + " LEFT JOIN core.quota q ON q.domain = d.name ORDER BY d.name, q.resource",
                        value,
                        size)
                .map(rows -> {
                    Map<String, Domain> found = new LinkedHashMap<>();
                    for (Row row : rows) {
                        Domain domain = found.computeIfAbsent(
                                row.getString("name"),
                                name -> new Domain(
                                        name,
                                        Instant.EPOCH.plus(row.getLong("created_micros"), ChronoUnit.MICROS),
                                        new LinkedHashMap<>()));
                        if (row.getString("resource") != null) {
                            long limit = row.getLong("limit_amount");
                            domain.quota()
                                    .put(
                                            row.getString("resource"),
                                            new Use(limit == Long.MAX_VALUE ? null : limit, row.getLong("used")));
                        }
                    }
                    return new ArrayList<>(found.values());
                }));
    }
}
