package io.fjord.catalog.asset;

import io.fjord.contract.Address;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often things are really read: each scan an engine reports, counted by day. Counted in memory and written every few seconds;
 * what was not written when the process died is not counted.
 */
public final class Uses {

    /** What counts when it is asked how popular a thing is. */
    static final int DAYS = 30;

    private static final Logger log = LoggerFactory.getLogger(Uses.class);
    private static final long WRITE_MILLIS = 2_000;

    /** What others counted is read, and what is too old forgotten. */
    private static final long REFRESH_MILLIS = 3_600_000;

    private final Vertx vertx;
    private final Database database;
    private final Clock clock;
    private final Map<Use, Long> counted = new HashMap<>();
    private volatile Map<String, Long> recent = new ConcurrentHashMap<>();
    private long writes = -1;
    private long refreshes = -1;
    private Future<Void> writing = Future.succeededFuture();

    private record Use(Address thing, LocalDate day) implements Comparable<Use> {

        private static final Comparator<Use> ORDER =
                Comparator.comparing(Use::thing).thenComparing(Use::day);

        @Override
        public int compareTo(Use other) {
            return ORDER.compare(this, other);
        }
    }

    public Uses(Vertx vertx, Database database, Clock clock) {
        this.vertx = vertx;
        this.database = database;
        this.clock = clock;
    }

    /** Reads what was counted before, and writes from now on. */
    public Future<Void> start() {
        writes = vertx.setPeriodic(WRITE_MILLIS, id -> write());
        refreshes = vertx.setPeriodic(
                REFRESH_MILLIS,
                id -> writing.eventually(this::refreshed)
                        .onFailure(failure ->
                                log.atWarn().setCause(failure).log("Uses could not be read; it is tried again")));
        return refreshed();
    }

    private Future<Void> refreshed() {
        long oldest = today().toEpochDay() - DAYS;
        return database.<Void>transaction(tx -> tx.query("DELETE FROM catalog.asset_use WHERE day_no <= ?", oldest)
                .compose(ok -> tx.query("SELECT domain, kind, name, SUM(uses) AS total FROM catalog.asset_use"
                        + " GROUP BY domain, kind, name"))
                .map(rows -> {
                    Map<String, Long> all = new ConcurrentHashMap<>();
                    rows.forEach(row -> all.put(
                            row.getString("domain") + "/" + row.getString("kind") + "/" + row.getString("name"),
                            row.getNumeric("total").longValue()));
                    synchronized (counted) {
                        counted.forEach((use, count) -> all.merge(use.thing().toString(), count, Long::sum));
                        recent = all;
                    }
                    return null;
                }));
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    /** Somebody read a table or view. */
    public void used(Address thing) {
        synchronized (counted) {
            counted.merge(new Use(thing, today()), 1L, Long::sum);
            recent.merge(thing.toString(), 1L, Long::sum);
        }
    }

    /** How often in the last 30 days, as far as this process knows: cheap enough to rank by. */
    public long recent(String thing) {
        return recent.getOrDefault(thing, 0L);
    }

    private void write() {
        if (writing.isComplete()) {
            writing = written();
        }
    }

    private Future<Void> written() {
        // In one order, so that two processes do not wait for each other.
        SortedMap<Use, Long> some;
        synchronized (counted) {
            if (counted.isEmpty()) {
                return Future.succeededFuture();
            }
            some = new TreeMap<>(counted);
            counted.clear();
        }
        return database.<Void>transaction(tx -> {
                    List<Tuple> absent = new ArrayList<>();
                    List<Tuple> more = new ArrayList<>();
                    some.forEach((use, count) -> {
                        Address thing = use.thing();
                        long day = use.day().toEpochDay();
                        absent.add(Tuple.of(thing.domain(), thing.kind(), thing.name(), day, 0L));
                        more.add(Tuple.of(count, thing.domain(), thing.kind(), thing.name(), day));
                    });
                    return tx.insertIfAbsent(
                                    "catalog.asset_use",
                                    List.of("domain", "kind", "name", "day_no"),
                                    List.of("uses"),
                                    absent)
                            .compose(ok -> tx.updates(
                                    "UPDATE catalog.asset_use SET uses = uses + ? WHERE domain = ? AND kind = ?"
                                            + " AND name = ? AND day_no = ?",
                                    more))
                            .mapEmpty();
                })
                .recover(failure -> {
                    log.atWarn().setCause(failure).log("Uses could not be written; they are tried again");
                    synchronized (counted) {
                        some.forEach((use, count) -> counted.merge(use, count, Long::sum));
                    }
                    return Future.succeededFuture();
                });
    }

    /** What is counted is written. */
    public Future<Void> stop() {
        vertx.cancelTimer(writes);
        vertx.cancelTimer(refreshes);
        return writing.eventually(this::written);
    }
}
