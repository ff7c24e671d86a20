package io.fjord.audit;

import io.fjord.codec.Json;
import io.fjord.kernel.Ids;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlTx;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What should be in the record and is not becomes an entry itself: a command whose outcome did not come by its deadline, and
 * observations of a producer that never arrived though later ones did.
 */
final class RecordWatch {

    static final String OUTCOME_MISSING = "fjord.audit.record.OutcomeMissing.v1";
    static final String OBSERVATIONS_LOST = "fjord.audit.record.ObservationsLost.v1";

    private static final Logger log = LoggerFactory.getLogger(RecordWatch.class);

    private static final int AT_ONCE = 500;
    private static final String ACTOR = "service:audit";

    private final Vertx vertx;
    private final Database database;
    private final AuditLog record;
    private final Duration deadline;
    private final Clock clock = Clock.systemUTC();
    private final Counter missing;
    private final Counter lost;
    private long timer = -1;
    private boolean looking;

    /** @param deadline by when outcomes, and observations that were overtaken, must be here */
    RecordWatch(Vertx vertx, Database database, AuditLog record, Duration deadline, MeterRegistry metrics) {
        this.vertx = vertx;
        this.database = database;
        this.record = record;
        this.deadline = deadline;
        this.missing = Counter.builder("fjord.audit.outcomes.missing")
                .description("Commands whose outcome did not come by its deadline")
                .register(metrics);
        this.lost = Counter.builder("fjord.audit.observations.lost")
                .description("Observations that were never recorded though later ones were")
                .register(metrics);
    }

    RecordWatch start() {
        timer = vertx.setPeriodic(Math.max(200, deadline.toMillis() / 10), id -> look());
        return this;
    }

    Future<?> stop() {
        vertx.cancelTimer(timer);
        return Future.succeededFuture();
    }

    private void look() {
        if (looking) {
            return;
        }
        looking = true;
        Instant before = clock.instant().minus(deadline);
        outcomes(before)
                .compose(ok -> observations(before))
                .onFailure(failure -> log.atWarn().setCause(failure).log("The record was not looked through; later"))
                .onComplete(done -> looking = false);
    }

    // Outcomes

    private Future<Void> outcomes(Instant before) {
        boolean[] more = new boolean[1];
        return record.add(tx -> tx.query("SELECT seq FROM audit.outcome_watch WHERE id = 1 FOR UPDATE")
                        .map(rows -> rows.iterator().next().getLong(0))
                        .compose(from -> tx.query(
                                "SELECT e.seq, e.time_micros, e.service, e.type, e.subject, e.domain, e.command_id,"
                                        + " (SELECT MIN(o.seq) FROM audit.entry o WHERE o.command_id = e.command_id"
                                        + " AND o.kind = 'outcome') AS outcome FROM audit.entry e"
                                        + " WHERE e.seq > ? AND e.kind = 'attempt' ORDER BY e.seq LIMIT ?",
                                from,
                                AT_ONCE))
                        .compose(rows -> {
                            List<Entry> without = new ArrayList<>();
                            long looked = -1;
                            more[0] = rows.size() == AT_ONCE;
                            for (Row row : rows) {
                                if (row.getLong("time_micros") > AuditLog.micros(before)) {
                                    more[0] = false;
                                    break;
                                }
                                looked = row.getLong("seq");
                                if (row.getLong("outcome") == null && row.getString("command_id") != null) {
                                    without.add(outcomeMissing(row));
                                }
                            }
                            return looked < 0
                                    ? Future.succeededFuture(without)
                                    : tx.query("UPDATE audit.outcome_watch SET seq = ? WHERE id = 1", looked)
                                            .map(without);
                        }))
                .compose(added -> {
                    missing.increment(added.size());
                    return more[0] ? outcomes(before) : Future.succeededFuture();
                });
    }

    private Entry outcomeMissing(Row attempt) {
        String command = attempt.getString("command_id");
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("command", command);
        data.put("type", attempt.getString("type"));
        data.put("attempt", attempt.getLong("seq"));
        data.put("waitedSeconds", deadline.toSeconds());
        return entry(
                attempt.getString("service"),
                OUTCOME_MISSING,
                attempt.getString("subject"),
                attempt.getString("domain"),
                Ids.of("outcome missing", command),
                command,
                data);
    }

    private Entry entry(
            String service,
            String type,
            String subject,
            String domain,
            String correlationId,
            @org.jspecify.annotations.Nullable String causationId,
            Map<String, Object> data) {
        return new Entry(
                0,
                Entry.OBSERVATION,
                service,
                type,
                subject,
                domain,
                ACTOR,
                clock.instant(),
                correlationId,
                causationId,
                null,
                null,
                null,
                null,
                Json.text(data));
    }

    // Observations

    /** One producer, since it began. */
    private record Producer(String name, long began) {}

    /** In the transaction that records them. */
    static Future<Void> numbered(SqlTx tx, List<Numbered> some, Instant now) {
        Map<List<Object>, Tuple> rows = new LinkedHashMap<>();
        for (Numbered one : some) {
            rows.put(
                    List.of(one.producer(), one.began(), one.n()),
                    Tuple.of(one.producer(), one.began(), one.n(), AuditLog.micros(now)));
        }
        return rows.isEmpty()
                ? Future.succeededFuture()
                : tx.insertIfAbsent(
                        "audit.observation_number",
                        List.of("producer", "began", "n"),
                        List.of("seen_micros"),
                        List.copyOf(rows.values()));
    }

    /** The number a producer gave its observation. */
    record Numbered(String producer, long began, long n) {}

    private Future<Void> observations(Instant before) {
        return record.add(tx -> tx.query("SELECT producer, began, n, seen_micros FROM audit.observation_number"
                                + " ORDER BY producer, began, n LIMIT 20000 FOR UPDATE")
                        .compose(rows -> {
                            Map<Producer, TreeMap<Long, Long>> numbers = new LinkedHashMap<>();
                            rows.forEach(row -> numbers.computeIfAbsent(
                                            new Producer(row.getString(0), row.getLong(1)), p -> new TreeMap<>())
                                    .put(row.getLong(2), row.getLong(3)));
                            Future<List<Entry>> all = Future.succeededFuture(new ArrayList<>());
                            for (Map.Entry<Producer, TreeMap<Long, Long>> one : numbers.entrySet()) {
                                all = all.compose(found ->
                                        settled(tx, one.getKey(), one.getValue(), AuditLog.micros(before), found));
                            }
                            return all;
                        }))
                .mapEmpty();
    }

    /** Moves on over what is here, and over holes that were not filled by their deadline. */
    private Future<List<Entry>> settled(
            SqlTx tx, Producer producer, TreeMap<Long, Long> numbers, long before, List<Entry> found) {
        return tx.query(
                        "SELECT base FROM audit.observation_sequence WHERE producer = ? AND began = ?",
                        producer.name(),
                        producer.began())
                .compose(rows -> {
                    // Of a producer we hear of for the first time everything counts from its first number.
                    long from = rows.size() == 0 ? 0 : rows.iterator().next().getLong(0);
                    long base = from;
                    for (Map.Entry<Long, Long> number : numbers.entrySet()) {
                        long n = number.getKey();
                        if (n > base + 1) {
                            if (number.getValue() > before) {
                                break;
                            }
                            found.add(observationsLost(producer, base + 1, n - 1));
                            lost.increment(n - 1 - base);
                        }
                        base = Math.max(base, n);
                    }
                    if (base == from) {
                        return Future.succeededFuture(found);
                    }
                    long reached = base;
                    return tx.upsert(
                                    "audit.observation_sequence",
                                    List.of("producer", "began"),
                                    List.of("base"),
                                    List.of(Tuple.of(producer.name(), producer.began(), reached)))
                            .compose(ok -> tx.query(
                                    "DELETE FROM audit.observation_number WHERE producer = ? AND began = ? AND n <= ?",
                                    producer.name(),
                                    producer.began(),
                                    reached))
                            .map(found);
                });
    }

    private Entry observationsLost(Producer producer, long first, long last) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("producer", producer.name());
        data.put("began", Instant.ofEpochMilli(producer.began()).toString());
        data.put("first", first);
        data.put("last", last);
        log.atError()
                .addKeyValue("service", producer.name())
                .addKeyValue("position", producer.began() + ":" + first)
                .log("Observations were lost on their way to the record");
        return entry(
                producer.name(),
                OBSERVATIONS_LOST,
                "platform/service/" + producer.name(),
                "platform",
                Ids.of("observations lost", producer.name(), String.valueOf(producer.began()), String.valueOf(first)),
                null,
                data);
    }
}
