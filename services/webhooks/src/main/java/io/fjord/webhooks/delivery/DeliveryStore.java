package io.fjord.webhooks.delivery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlTx;
import io.fjord.platform.sql.Table;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Deliveries, and how far courses are, in the database; what belongs together is written in one transaction. */
final class DeliveryStore implements Notes {

    /** Where deliveries read the journals, for subscriptions that are made. */
    private static final String READER = "deliveries";

    private static final TypeReference<List<Attempt>> ATTEMPTS = new TypeReference<>() {};
    private static final int KEPT_ATTEMPTS = 20;
    private static final Duration DELIVERED_KEPT = Duration.ofDays(30);
    private static final Duration DEAD_KEPT = Duration.ofDays(90);
    private static final List<String> KEY = List.of("subscription_id", "source", "epoch", "n");
    private static final List<String> OTHERS = List.of(
            "event_id", "type", "subject", "state", "attempts", "first_micros", "last_micros", "due_micros", "detail");
    private static final String SELECT =
            "select source, epoch, n, " + String.join(", ", OTHERS) + " from webhooks.delivery";

    private final Database database;
    private final Function<SqlTx, Future<Void>> mine;

    /** One whose deliveries are made elsewhere: for reading. */
    DeliveryStore(Database database) {
        this(database, tx -> Future.failedFuture(new IllegalStateException("Deliveries are not made here")));
    }

    /** @param mine fails a transaction of one that makes deliveries no more */
    DeliveryStore(Database database, Function<SqlTx, Future<Void>> mine) {
        this.database = database;
        this.mine = mine;
    }

    private <T> Future<T> changing(Function<SqlTx, Future<T>> work) {
        return database.transaction(tx -> {
            // Not waited for: one that is refused takes all that follows with it.
            Future<Void> confirmed = mine.apply(tx);
            Future<T> worked = work.apply(tx);
            return Future.join(confirmed, worked).map(done -> worked.result());
        });
    }

    @Override
    public Future<Void> save(
            List<Kept> deliveries, List<CourseAt> courses, List<String> through, Map<String, Position> read) {
        return changing(tx -> {
            List<Future<?>> sent = new ArrayList<>();
            if (!deliveries.isEmpty()) {
                Map<String, Tuple> rows = new LinkedHashMap<>();
                deliveries.forEach(kept ->
                        rows.put(kept.subscriptionId() + kept.delivery().place().id(), row(kept)));
                sent.add(tx.upsert("webhooks.delivery", KEY, OTHERS, List.copyOf(rows.values())));
            }
            if (!courses.isEmpty()) {
                sent.add(tx.upsert(
                        "webhooks.course_position",
                        List.of("subscription_id", "course", "source"),
                        List.of("epoch", "n"),
                        courses.stream().map(DeliveryStore::row).toList()));
            }
            for (String replay : through) {
                sent.add(tx.query("delete from webhooks.replay where id = ?", replay));
                sent.add(tx.query("delete from webhooks.course_position where course = ?", replay));
            }
            if (!read.isEmpty()) {
                sent.add(tx.upsert(
                        "webhooks.projection_position",
                        List.of("projection", "source"),
                        List.of("epoch", "n"),
                        read.entrySet().stream()
                                .map(one -> (Tuple) Tuple.of(
                                        READER,
                                        one.getKey(),
                                        one.getValue().epoch(),
                                        one.getValue().n()))
                                .toList()));
            }
            return sent.isEmpty() ? Future.succeededFuture() : Future.join(sent).mapEmpty();
        });
    }

    private static Tuple row(CourseAt at) {
        return Tuple.of(
                at.subscriptionId(),
                at.course(),
                at.source(),
                at.position().epoch(),
                at.position().n());
    }

    private static Tuple row(Kept kept) {
        Delivery one = kept.delivery();
        List<Attempt> attempts = one.attempts();
        return Tuple.of(kept.subscriptionId(), one.place().source())
                .addValue(one.place().position().epoch())
                .addValue(one.place().position().n())
                .addValue(one.eventId())
                .addValue(one.type())
                .addValue(one.subject().toString())
                .addValue(one.state().text())
                .addValue(one.made())
                .addValue(Table.micros(one.first()))
                .addValue(Table.micros(one.last()))
                .addValue(Table.micros(one.due()))
                .addValue(Json.text(
                        attempts.size() <= KEPT_ATTEMPTS
                                ? attempts
                                : attempts.subList(attempts.size() - KEPT_ATTEMPTS, attempts.size())));
    }

    // How far

    @Override
    public Future<Map<String, Position>> read() {
        return database.query("select source, epoch, n from webhooks.projection_position where projection = ?", READER)
                .map(DeliveryStore::positions);
    }

    @Override
    public Future<Map<String, Position>> course(String subscriptionId, String course) {
        return database.query(
                        "select source, epoch, n from webhooks.course_position where subscription_id = ? and course = ?",
                        subscriptionId,
                        course)
                .map(DeliveryStore::positions);
    }

    private static Map<String, Position> positions(Iterable<Row> rows) {
        Map<String, Position> all = new HashMap<>();
        rows.forEach(row -> all.put(row.getString(0), new Position(row.getLong(1), row.getLong(2))));
        return all;
    }

    // Deliveries

    @Override
    public Future<List<Place>> after(String subscriptionId, String source, Position position) {
        return database.query(
                        "select epoch, n from webhooks.delivery where subscription_id = ? and source = ?"
                                + " and (epoch > ? or (epoch = ? and n > ?))",
                        subscriptionId,
                        source,
                        position.epoch(),
                        position.epoch(),
                        position.n())
                .map(rows -> {
                    List<Place> places = new ArrayList<>();
                    rows.forEach(row -> places.add(new Place(source, new Position(row.getLong(0), row.getLong(1)))));
                    return places;
                });
    }

    @Override
    public Future<List<Due>> retrying(String subscriptionId, int most) {
        return database.query(
                        "select source, epoch, n, subject, due_micros from webhooks.delivery"
                                + " where subscription_id = ? and state = 'retrying' order by due_micros limit ?",
                        subscriptionId,
                        most)
                .map(rows -> {
                    List<Due> all = new ArrayList<>();
                    rows.forEach(row -> all.add(new Due(
                            new Place(row.getString(0), new Position(row.getLong(1), row.getLong(2))),
                            Address.parse(row.getString(3)),
                            Table.time(row.getLong(4)))));
                    return all;
                });
    }

    @Override
    public Future<@Nullable Instant> lastDelivered(String subscriptionId) {
        return database.query(
                        "select max(last_micros) from webhooks.delivery where subscription_id = ? and state = 'delivered'",
                        subscriptionId)
                .map(rows -> {
                    Long last = rows.iterator().next().getLong(0);
                    return last == null ? null : Table.time(last);
                });
    }

    @Override
    public Future<Optional<Delivery>> one(String subscriptionId, Place place) {
        return database.query(
                        SELECT + " where subscription_id = ? and source = ? and epoch = ? and n = ?",
                        subscriptionId,
                        place.source(),
                        place.position().epoch(),
                        place.position().n())
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(delivery(rows.iterator().next())));
    }

    /** The newest first. */
    Future<List<Delivery>> page(String subscriptionId, @Nullable State state, long beforeMicros, int offset, int size) {
        String where = " where subscription_id = ? and last_micros <= ?" + (state == null ? "" : " and state = ?");
        Tuple values = Tuple.of(subscriptionId, beforeMicros);
        if (state != null) {
            values.addValue(state.text());
        }
        values.addValue(size).addValue(offset);
        return database.transaction(tx -> tx.query(
                        SELECT + where + " order by last_micros desc, source, epoch, n limit ? offset ?", values))
                .map(rows -> {
                    List<Delivery> all = new ArrayList<>();
                    rows.forEach(row -> all.add(delivery(row)));
                    return all;
                });
    }

    Future<Map<State, Long>> counts(String subscriptionId) {
        return database.query(
                        "select state, count(*) from webhooks.delivery where subscription_id = ? group by state",
                        subscriptionId)
                .map(rows -> {
                    Map<State, Long> counts = new HashMap<>();
                    rows.forEach(row -> counts.put(State.of(row.getString(0)), row.getLong(1)));
                    return counts;
                });
    }

    private static Delivery delivery(Row row) {
        return new Delivery(
                new Place(row.getString("source"), new Position(row.getLong("epoch"), row.getLong("n"))),
                row.getString("event_id"),
                row.getString("type"),
                Address.parse(row.getString("subject")),
                State.of(row.getString("state")),
                row.getInteger("attempts"),
                Table.time(row.getLong("first_micros")),
                Table.time(row.getLong("last_micros")),
                Table.time(row.getLong("due_micros")),
                attempts(row.getString("detail")));
    }

    private static List<Attempt> attempts(String detail) {
        try {
            return Json.MAPPER.readValue(detail, ATTEMPTS);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The attempts of a delivery cannot be read", e);
        }
    }

    // What is wished, in the transaction that moves past the wish

    Future<Optional<String>> idOf(SqlTx tx, Address subscription) {
        return tx.query(
                        "select id from webhooks.subscription where domain = ? and name = ? and there = 1",
                        subscription.domain(),
                        subscription.name())
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(rows.iterator().next().getString(0)));
    }

    /** Of an event that never had a delivery, what is known of the wish stands there until it is sent. */
    Future<Void> resend(SqlTx tx, String subscriptionId, Place place, EventEnvelope<?> wish, Instant now) {
        Tuple key = Tuple.of(
                subscriptionId,
                place.source(),
                place.position().epoch(),
                place.position().n());
        Tuple row = Tuple.of(
                subscriptionId,
                place.source(),
                place.position().epoch(),
                place.position().n());
        row.addValue("")
                .addValue("")
                .addValue(wish.subject().toString())
                .addValue(State.RETRYING.text())
                .addValue(0)
                .addValue(Table.micros(now))
                .addValue(Table.micros(now))
                .addValue(Table.micros(now))
                .addValue("[]");
        return tx.insertIfAbsent("webhooks.delivery", KEY, OTHERS, List.of(row))
                .compose(ok -> tx.query(
                        "update webhooks.delivery set state = 'retrying', due_micros = " + Table.micros(now)
                                + " where subscription_id = ? and source = ? and epoch = ? and n = ?",
                        key))
                .mapEmpty();
    }

    /** @param since those last tried since then; null for all */
    Future<Void> resendDead(SqlTx tx, String subscriptionId, @Nullable Instant since, Instant now) {
        return tx.query(
                        "update webhooks.delivery set state = 'retrying', attempts = 0, due_micros = ?"
                                + " where subscription_id = ? and state = 'dead' and last_micros >= ?",
                        Table.micros(now),
                        subscriptionId,
                        since == null ? 0L : Objects.requireNonNull(Table.micros(since)))
                .mapEmpty();
    }

    /** All that was not taken is due at once. */
    Future<Void> resume(SqlTx tx, String subscriptionId, Instant now) {
        return resendDead(tx, subscriptionId, null, now)
                .compose(ok -> tx.query(
                        "update webhooks.delivery set attempts = 0, due_micros = ? where subscription_id = ? and state = 'retrying'",
                        Table.micros(now),
                        subscriptionId))
                .mapEmpty();
    }

    @Override
    public Future<Void> resume(String subscriptionId, Instant now) {
        return changing(tx -> resume(tx, subscriptionId, now));
    }

    Future<Void> add(SqlTx tx, String subscriptionId, Replay replay) {
        return tx.insertIfAbsent(
                "webhooks.replay",
                List.of("id"),
                List.of("subscription_id", "detail"),
                List.of(Tuple.of(replay.id(), subscriptionId, Json.text(replay))));
    }

    @Override
    public Future<Void> begin(String subscriptionId, Replay replay, Map<String, Position> starts) {
        return changing(tx -> {
            List<Future<?>> sent = new ArrayList<>();
            sent.add(tx.query("update webhooks.replay set detail = ? where id = ?", Json.text(replay), replay.id()));
            if (!starts.isEmpty()) {
                sent.add(tx.upsert(
                        "webhooks.course_position",
                        List.of("subscription_id", "course", "source"),
                        List.of("epoch", "n"),
                        starts.entrySet().stream()
                                .map(one ->
                                        row(new CourseAt(subscriptionId, replay.id(), one.getKey(), one.getValue())))
                                .toList()));
            }
            return Future.join(sent).mapEmpty();
        });
    }

    @Override
    public Future<List<Replay>> replays(String subscriptionId) {
        return database.query("select detail from webhooks.replay where subscription_id = ?", subscriptionId)
                .map(rows -> {
                    List<Replay> all = new ArrayList<>();
                    rows.forEach(row -> all.add(Json.read(row.getString(0), Replay.class)));
                    return all;
                });
    }

    /** What is kept of subscriptions that are no more. */
    Future<Void> forget(SqlTx tx) {
        String orphaned = " where subscription_id not in (select id from webhooks.subscription where there = 1)";
        return tx.query("delete from webhooks.replay" + orphaned)
                .compose(ok -> tx.query("delete from webhooks.course_position" + orphaned))
                .compose(ok -> tx.query("delete from webhooks.delivery" + orphaned))
                .mapEmpty();
    }

    /** Deliveries that were taken are shown for a while; what was not stays longer. */
    Future<Void> housekeeping(Instant now) {
        return database.query(
                        "delete from webhooks.delivery where state = 'delivered' and last_micros < ?",
                        Table.micros(now.minus(DELIVERED_KEPT)))
                .compose(ok -> database.query(
                        "delete from webhooks.delivery where state = 'dead' and last_micros < ?",
                        Table.micros(now.minus(DEAD_KEPT))))
                .mapEmpty();
    }
}
