package io.fjord.catalog.hive;

import io.fjord.catalog.hive.HiveChanges.Told;
import io.fjord.codec.CapturedChanges;
import io.fjord.codec.CapturedChanges.Change;
import io.fjord.codec.CapturedChanges.Kind;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.hive.HiveEvent.MetastoreCompared;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.NewEvent;
import io.fjord.kernel.Tx;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlTx;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was captured of the metastore, taken in once: rows, events and how far it was read are written in one transaction for
 * each of the metastore's.
 */
final class MetastoreLog {

    private static final Logger log = LoggerFactory.getLogger(MetastoreLog.class);

    /** Who did it stands in no row of the metastore. */
    private static final String ACTOR = "service:hive-metastore";

    private static final String CAPTURE = "hive";
    private static final Address METASTORE = new Address(HiveChanges.DOMAIN, "metastore", HiveCapability.CATALOG);

    private final Database database;
    private final Metastore metastore;
    private final MessageTypes types;
    private final Clock clock;
    private final MeterRegistry metrics;
    private final Timer lag;

    MetastoreLog(Database database, Metastore metastore, MessageTypes types, Clock clock, MeterRegistry metrics) {
        this.database = database;
        this.metastore = metastore;
        this.types = types;
        this.clock = clock;
        this.metrics = metrics;
        this.lag = Timer.builder("fjord.catalog.hive.lag")
                .description("From the commit of a change in the Hive Metastore until the journal tells of it")
                .serviceLevelObjectives(Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(10))
                .register(metrics);
        metrics.counter("fjord.catalog.hive.missed");
    }

    /**
     * @param nextOffset 0 where nothing was read of that topic
     * @param n of the last record that was read
     */
    record At(String topicId, long nextOffset, long n) {}

    Future<At> at(String topicId) {
        return database.query("select topic_id, next_offset, n from catalog.hive_position where capture = ?", CAPTURE)
                .map(rows -> at(rows, topicId));
    }

    /** A topic made anew is read from its beginning: what was read of the old one says nothing of it. */
    private static At at(Iterable<Row> rows, String topicId) {
        for (Row row : rows) {
            if (row.getString(0).equals(topicId)) {
                return new At(topicId, row.getLong(1), row.getLong(2));
            }
        }
        return new At(topicId, 0, 0);
    }

    /**
     * Takes in the records of one transaction of the metastore, or a piece of a snapshot.
     *
     * @param nextOffset of the record after them
     */
    Future<Void> take(String topicId, List<CapturedChanges> records, long nextOffset) {
        CapturedChanges last = records.get(records.size() - 1);
        return metastore.transaction(tx -> lock(SqlTx.of(tx), topicId).compose(at -> {
            if (nextOffset <= at.nextOffset()) {
                return Future.succeededFuture();
            }
            tellGap(at, records.get(0));
            if (last.time() != null) {
                lag.record(Duration.between(Instant.ofEpochMilli(last.time()), clock.instant()));
            }
            return effect(tx, records)
                    .compose(events -> position(SqlTx.of(tx), new At(topicId, nextOffset, last.n()))
                            .compose(ok -> events.isEmpty()
                                    ? Future.<Void>succeededFuture()
                                    : metastore
                                            .append(tx, events, clock.instant())
                                            .mapEmpty()));
        }));
    }

    private Future<At> lock(SqlTx sql, String topicId) {
        return sql.insertIfAbsent(
                        "catalog.hive_position",
                        List.of("capture"),
                        List.of("topic_id", "next_offset", "n"),
                        List.of(Tuple.of(CAPTURE, topicId, 0L, 0L)))
                .compose(ok -> sql.query(
                        "select topic_id, next_offset, n from catalog.hive_position where capture = ? for update",
                        CAPTURE))
                .map(rows -> at(rows, topicId));
    }

    private Future<Void> position(SqlTx sql, At at) {
        return sql.upsert(
                "catalog.hive_position",
                List.of("capture"),
                List.of("topic_id", "next_offset", "n"),
                List.of(Tuple.of(CAPTURE, at.topicId(), at.nextOffset(), at.n())));
    }

    /** The topic lost what was not read yet; a snapshot needs nothing of what was before it. */
    private void tellGap(At at, CapturedChanges next) {
        boolean begins = next.kind() == Kind.SNAPSHOT && next.first();
        if (!begins && next.n() != at.n() + 1) {
            metrics.counter("fjord.catalog.hive.missed").increment(Math.max(1, next.n() - at.n() - 1));
            log.atError()
                    .addKeyValue("expected", at.n() + 1)
                    .addKeyValue("found", next.n())
                    .log("Changes of the Hive Metastore are missing on fjord.cdc.hive. Delete that topic: everything is"
                            + " then read anew and compared");
        }
    }

    private Future<List<NewEvent>> effect(Tx tx, List<CapturedChanges> records) {
        MetastoreMirror mirror = new MetastoreMirror(SqlTx.of(tx));
        CapturedChanges last = records.get(records.size() - 1);
        List<Change> changes = records.stream()
                .flatMap(record -> record.changes().stream())
                .filter(change -> MetastoreRow.RELATIONS.contains(change.table()))
                .toList();
        return switch (last.kind()) {
            case POSITION -> Future.succeededFuture(List.of());
            case TRANSACTION ->
                transaction(mirror, changes)
                        .compose(told -> events(SqlTx.of(tx), told, last.stream() + "/" + last.transaction()));
            case SNAPSHOT ->
                (records.get(0).first() ? mirror.forgetArriving() : Future.<Void>succeededFuture())
                        .compose(ok -> mirror.write(MetastoreMirror.ARRIVING, rowsAfter(changes)))
                        .compose(ok -> last.last() ? compare(mirror, last) : Future.succeededFuture(List.<Told>of()))
                        .compose(told -> events(SqlTx.of(tx), told, last.stream()));
        };
    }

    private static Collection<MetastoreRow> rowsAfter(List<Change> changes) {
        List<MetastoreRow> rows = new ArrayList<>();
        for (Change change : changes) {
            MetastoreRow row = MetastoreRow.after(change);
            if (row != null) {
                rows.add(row);
            }
        }
        return rows;
    }

    private static Future<List<Told>> transaction(MetastoreMirror mirror, List<Change> changes) {
        return mirror.touchedBy(changes).compose(before -> {
            MetastoreRows after = before.copy();
            List<MetastoreRow> added = new ArrayList<>();
            List<MetastoreRow> dropped = new ArrayList<>();
            for (Change change : changes) {
                MetastoreRow was = MetastoreRow.before(change);
                MetastoreRow now = MetastoreRow.after(change);
                if (was != null) {
                    after.remove(was);
                }
                if (now != null) {
                    after.put(now);
                }
                if (change.table().equals("PARTITIONS")) {
                    partition(was, now, added, dropped);
                }
            }
            return mirror.apply(changes)
                    .map(ok -> HiveChanges.between(
                            before, after, MetastoreMirror.names(added), MetastoreMirror.names(dropped)));
        });
    }

    private static void partition(
            @Nullable MetastoreRow was,
            @Nullable MetastoreRow now,
            List<MetastoreRow> added,
            List<MetastoreRow> dropped) {
        if (was != null && now != null && was.id().equals(now.id())) {
            return;
        }
        if (was != null && !added.removeIf(one -> one.id().equals(was.id()))) {
            dropped.add(was);
        }
        if (now != null) {
            added.add(now);
        }
    }

    /** What was missed is what differs. */
    private Future<List<Told>> compare(MetastoreMirror mirror, CapturedChanges snapshot) {
        return mirror.everything(MetastoreMirror.CURRENT)
                .compose(before -> mirror.everything(MetastoreMirror.ARRIVING)
                        .compose(after -> mirror.partitionsOnlyIn(MetastoreMirror.ARRIVING)
                                .compose(added -> mirror.partitionsOnlyIn(MetastoreMirror.CURRENT)
                                        .compose(dropped -> mirror.replace()
                                                .map(ok -> compared(snapshot, before, after, added, dropped))))));
    }

    private List<Told> compared(
            CapturedChanges snapshot,
            MetastoreRows before,
            MetastoreRows after,
            Map<String, List<String>> added,
            Map<String, List<String>> dropped) {
        List<Told> told = new ArrayList<>(HiveChanges.between(before, after, added, dropped));
        String reason = snapshot.reason() == null ? "unknown" : snapshot.reason();
        MetastoreCompared compared = new MetastoreCompared(
                reason, after.all("DBS").size(), after.all("TBLS").size(), told.size());
        metrics.counter("fjord.catalog.hive.compared", "reason", reason).increment();
        log.atInfo()
                .addKeyValue("reason", reason)
                .addKeyValue("differences", told.size())
                .log("The Hive Metastore was compared with what was known of it");
        told.add(new Told(METASTORE, compared));
        return told;
    }

    private Future<List<NewEvent>> events(SqlTx sql, List<Told> told, String cause) {
        Set<String> subjects =
                told.stream().map(one -> one.subject().toString()).collect(Collectors.toSet());
        return sql.queryIn("select subject, version from catalog.hive_version where subject in (??)", subjects)
                .compose(rows -> {
                    Map<String, Long> versions = new TreeMap<>();
                    rows.forEach(row -> versions.put(row.getString(0), row.getLong(1)));
                    List<NewEvent> events = numbered(told, versions, cause);
                    return sql.upsert(
                                    "catalog.hive_version",
                                    List.of("subject"),
                                    List.of("version"),
                                    subjects.stream()
                                            .sorted()
                                            .map(subject -> Tuple.of(subject, versions.get(subject)))
                                            .toList())
                            .map(events);
                });
    }

    /** @param versions raised by one for each event */
    private List<NewEvent> numbered(List<Told> told, Map<String, Long> versions, String cause) {
        String correlation = Ids.next();
        return told.stream()
                .map(one -> new NewEvent(
                        Ids.next(),
                        types.typeOf(one.event()),
                        one.subject(),
                        versions.merge(one.subject().toString(), 1L, Long::sum),
                        ACTOR,
                        correlation,
                        cause,
                        null,
                        null,
                        null,
                        null,
                        Json.text(one.event())))
                .toList();
    }
}
