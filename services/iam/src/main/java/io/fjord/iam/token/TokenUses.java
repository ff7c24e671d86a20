package io.fjord.iam.token;

import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Table;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When tokens were last used: kept in memory and written once a minute, so that a use costs nothing. What a crash takes with it is
 * a minute of times nobody decides by.
 */
final class TokenUses {

    private static final Logger log = LoggerFactory.getLogger(TokenUses.class);
    private static final long EVERY_MILLIS = Duration.ofMinutes(1).toMillis();

    private final Vertx vertx;
    private final Database database;
    private final Map<String, Use> known = new ConcurrentHashMap<>();
    private final Map<String, Use> unwritten = new HashMap<>();
    private long timer;

    /** @param from the address of who used it, if it is known */
    record Use(Instant at, @Nullable String from) {}

    TokenUses(Vertx vertx, Database database) {
        this.vertx = vertx;
        this.database = database;
    }

    void start() {
        timer = vertx.setPeriodic(0, EVERY_MILLIS, id -> {
            var written = flush();
            written.onFailure(failure ->
                    log.atWarn().setCause(failure).log("Uses of tokens were not written; it is tried again"));
        });
    }

    Future<Void> stop() {
        vertx.cancelTimer(timer);
        return flush();
    }

    @Nullable
    Use of(String token) {
        return known.get(token);
    }

    void used(String token, Use use) {
        synchronized (unwritten) {
            Use latest = known.merge(token, use, TokenUses::later);
            unwritten.put(token, latest);
        }
    }

    private static Use later(Use one, Use other) {
        return other.at().isAfter(one.at()) ? other : one;
    }

    /** Writes what is new, and reads what other processes wrote. */
    Future<Void> flush() {
        Map<String, Use> now;
        synchronized (unwritten) {
            now = new HashMap<>(unwritten);
            unwritten.clear();
        }
        List<Tuple> rows = new ArrayList<>();
        now.forEach((token, use) -> rows.add(Tuple.of(token, Table.micros(use.at()), use.from())));
        Future<Void> written = rows.isEmpty()
                ? Future.succeededFuture()
                : database.transaction(
                        tx -> tx.upsert("iam.token_use", List.of("name"), List.of("used_micros", "address"), rows));
        return written.onFailure(failure -> {
                    synchronized (unwritten) {
                        now.forEach((token, use) -> unwritten.merge(token, use, TokenUses::later));
                    }
                })
                .compose(ok -> database.query("SELECT name, used_micros, address FROM iam.token_use"))
                .map(found -> {
                    // What stands there counts: the address may have been taken out.
                    synchronized (unwritten) {
                        found.forEach(row -> {
                            Use there = new Use(Table.time(row.getLong("used_micros")), row.getString("address"));
                            Use newer = unwritten.get(row.getString("name"));
                            known.put(row.getString("name"), newer == null ? there : later(newer, there));
                        });
                    }
                    return null;
                });
    }
}
