package io.fjord.platform.sql;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to do what one process at a time may do: a row of the service's, which its holder beats. Another takes it when the beat
 * has stood still for as long as a lease lasts, or at once when it was given back or its holder was a process of this machine that
 * has ended. Both measure by their own clocks how long something took, so no two clocks are compared; the holder stops trusting
 * it a third earlier.
 *
 * <p>A process that pauses may still believe it holds what another has taken by then: what must not happen twice asks
 * {@link #confirm} in its transaction.
 */
public final class Lease {

    private static final Logger log = LoggerFactory.getLogger(Lease.class);

    /** What the holder does. */
    public interface Work {

        /**
         * It is held from now on.
         *
         * @param overtaken from one that did not give it back: what that one sent just before may still be under way
         */
        void begin(boolean overtaken);

        /** It is held no more, or is to be given back: completes when what was begun has ended. */
        Future<?> end();
    }

    /** It is another's, or nobody's; waiting helps only who asks for it again. */
    public static final class Lost extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        Lost(String name) {
            super("The lease '" + name + "' is not held any more");
        }
    }

    private record Seen(String holder, String place, String process, long term, long beat) {}

    private final Vertx vertx;
    private final Database database;
    private final String table;
    private final String name;
    private final Supplier<String> place;
    private final Duration lasts;
    private final Work work;
    private final String self = UUID.randomUUID().toString();

    private long timer = -1;
    private Future<Void> asked = Future.succeededFuture();
    private boolean stopped;
    private @Nullable Seen seen;
    private long seenSince;
    private Future<?> ending = Future.succeededFuture();
    private volatile long confirmed;
    /** 0 while it is not held. */
    private volatile long term;

    /**
     * To be used on one context.
     *
     * @param service whose database it is in
     * @param place where others reach what the holder does, asked again and again; empty while they cannot, or need not
     * @param lasts how long nobody does it after its holder's machine was lost, at most a third more
     */
    public Lease(
            Vertx vertx,
            Database database,
            String service,
            String name,
            Supplier<String> place,
            Duration lasts,
            Work work) {
        this.vertx = vertx;
        this.database = database;
        this.table = Schemas.of(service) + ".lease";
        this.name = name;
        this.place = place;
        this.lasts = lasts;
        this.work = work;
    }

    /** Asks for it from now on; completes when it did so once, whatever came of that. */
    public Future<Void> start() {
        timer = vertx.setPeriodic(Math.max(1, lasts.toMillis() / 6), id -> {
            var unused = look();
        });
        return look();
    }

    /** Ends the work, and gives it back. */
    public Future<Void> stop() {
        stopped = true;
        vertx.cancelTimer(timer);
        // It may be taken just now.
        return asked.timeout(lasts.toMillis(), TimeUnit.MILLISECONDS).transform(done -> giveBack());
    }

    private Future<Void> giveBack() {
        long held = term;
        if (held == 0) {
            return ending.<Void>mapEmpty().otherwiseEmpty();
        }
        return work.end().transform(ended -> {
            term = 0;
            return database.query(
                            "update " + table
                                    + " set holder = '', place = '' where name = ? and holder = ? and term = ?",
                            name,
                            self,
                            held)
                    .onFailure(failure -> log.atInfo()
                            .addKeyValue("lease", name)
                            .setCause(failure)
                            .log("A lease was not given back; it ends by itself"))
                    .<Void>mapEmpty()
                    .otherwiseEmpty();
        });
    }

    /** Whether nobody else can hold it by now: false after a long pause of this process or of the database, until it was beaten. */
    public boolean isTrusted() {
        return term != 0 && System.nanoTime() - confirmed < lasts.toNanos() * 2 / 3;
    }

    /** Fails with {@link Lost}, and the transaction with it, unless it is held until the commit. To be asked before all else. */
    public Future<Void> confirm(SqlTx tx) {
        return tx.query(
                        "select term from " + table + " where name = ? and holder = ? and term = ? for update",
                        name,
                        self,
                        term)
                .compose(rows -> rows.size() == 1 ? Future.succeededFuture() : Future.failedFuture(new Lost(name)));
    }

    /** Where what its holder does is reached, as was last seen; empty while nobody holds it, or this process does. */
    public Optional<String> elsewhere() {
        Seen now = seen;
        return term != 0 || now == null || now.place.isEmpty() ? Optional.empty() : Optional.of(now.place);
    }

    private Future<Void> look() {
        if (term != 0 && !isTrusted()) {
            lose("it could not be renewed in time");
        }
        if (!asked.isComplete() || stopped || !ending.isComplete()) {
            return Future.succeededFuture();
        }
        asked = (term == 0 ? seek() : beat(term)).transform(done -> {
            if (done.failed() && !stopped) {
                log.atDebug().addKeyValue("lease", name).setCause(done.cause()).log("A lease cannot be looked at");
            }
            return Future.succeededFuture();
        });
        return asked;
    }

    private Future<Void> beat(long held) {
        long asked = System.nanoTime();
        return database.query(
                        "update " + table
                                + " set beat = beat + 1, place = ? where name = ? and holder = ? and term = ?",
                        place.get(),
                        name,
                        self,
                        held)
                .map(rows -> {
                    if (term == held && rows.rowCount() == 1) {
                        confirmed = asked;
                    } else if (term == held && !stopped) {
                        lose("another has taken it");
                    }
                    return null;
                });
    }

    private void lose(String why) {
        term = 0;
        seen = null;
        log.atWarn().addKeyValue("lease", name).addKeyValue("why", why).log("A lease is lost");
        ending = work.end();
    }

    private Future<Void> seek() {
        return database.query("select holder, place, process, term, beat from " + table + " where name = ?", name)
                .compose(rows -> {
                    if (rows.size() == 0) {
                        return database.transaction(tx -> tx.insertIfAbsent(
                                        table,
                                        List.of("name"),
                                        List.of("holder", "place", "process", "term", "beat"),
                                        List.of(Tuple.of(name, "", "", "", 0L, 0L))))
                                .compose(made -> seek());
                    }
                    Row row = rows.iterator().next();
                    Seen now = new Seen(
                            row.getString(0), row.getString(1), row.getString(2), row.getLong(3), row.getLong(4));
                    if (!now.equals(seen)) {
                        seen = now;
                        seenSince = System.nanoTime();
                    }
                    boolean free = now.holder.isEmpty()
                            || System.nanoTime() - seenSince >= lasts.toNanos()
                            || ProcessMark.isDead(now.process);
                    return free ? take(now) : Future.succeededFuture();
                });
    }

    private Future<Void> take(Seen from) {
        long asked = System.nanoTime();
        return database.query(
                        "update " + table + " set holder = ?, place = ?, process = ?, term = ?, beat = 0"
                                + " where name = ? and holder = ? and term = ? and beat = ?",
                        self,
                        place.get(),
                        ProcessMark.own(),
                        from.term + 1,
                        name,
                        from.holder,
                        from.term,
                        from.beat)
                .map(rows -> {
                    if (rows.rowCount() == 1) {
                        confirmed = asked;
                        term = from.term + 1;
                        log.atInfo()
                                .addKeyValue("lease", name)
                                .addKeyValue("term", term)
                                .log(from.holder.isEmpty() ? "A lease is taken" : "A lease is taken over");
                        if (!stopped) {
                            work.begin(!from.holder.isEmpty());
                        }
                    }
                    return null;
                });
    }
}
