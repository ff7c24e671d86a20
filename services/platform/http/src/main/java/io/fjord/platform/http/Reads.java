package io.fjord.platform.http;

import io.fjord.contract.Position;
import io.fjord.kernel.Metastore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/** What reads have in common: as of when ({@code ?asOf=}), and not from before what ({@code Fjord-Min-Position}). */
public final class Reads {

    private static final long FIRST_LOOK_MILLIS = 5;
    private static final long LONGEST_LOOK_MILLIS = 250;

    private final Vertx vertx;
    private final Duration patience;
    private final Map<String, Supplier<Future<Position>>> sources = new TreeMap<>();
    private volatile Promise<Void> nextMove = Promise.promise();
    private Function<String, Future<Boolean>> decided = id -> Future.succeededFuture(false);

    private Reads(Vertx vertx, Duration patience) {
        this.vertx = vertx;
        this.patience = patience;
    }

    /** Reads of the rows of one's own metastore. */
    public static Reads of(Vertx vertx, Metastore metastore) {
        return view(vertx)
                .source(metastore.service(), metastore::position)
                .operations(id -> metastore.outcome(id).map(Optional::isPresent));
    }

    /** Reads of a view made of events: say of which with {@link #source}. */
    public static Reads view(Vertx vertx) {
        return new Reads(vertx, Duration.ofSeconds(5));
    }

    Reads patience(Duration other) {
        Reads reads = new Reads(vertx, other);
        reads.sources.putAll(sources);
        reads.decided = decided;
        return reads;
    }

    /** @param position how far what is read is with the events of that service */
    public Reads source(String service, Supplier<Future<Position>> position) {
        sources.put(service, position);
        return this;
    }

    /** @param decided whether what is read holds the outcome of the command of that id */
    public Reads operations(Function<String, Future<Boolean>> decided) {
        this.decided = decided;
        return this;
    }

    /** What is read has changed: those who wait look again at once. Without it they look every so often. */
    public synchronized void moved() {
        Promise<Void> move = nextMove;
        nextMove = Promise.promise();
        move.tryComplete();
    }

    /** Waits until what is read is where {@code Fjord-Min-Position} wants it; at most five seconds. */
    public Future<Void> reached(Call call) {
        Optional<String> operation = call.minOperation();
        if (operation.isPresent()) {
            String id = operation.get();
            return until(() -> decided.apply(id)
                    .map(there -> there ? Optional.empty() : Optional.of(HttpProblems.operationNotReached(id))));
        }
        Future<Void> all = Future.succeededFuture();
        for (Map.Entry<String, Position> wanted : call.minPosition().entrySet()) {
            all = all.compose(ok -> reached(wanted.getKey(), wanted.getValue()));
        }
        return all;
    }

    private Future<Void> reached(String service, Position wanted) {
        Supplier<Future<Position>> source = sources.get(service);
        if (source == null) {
            return Future.failedFuture(HttpProblems.invalidRequest(
                    "Fjord-Min-Position",
                    "'" + service + "' has no part in this answer; " + String.join(", ", sources.keySet()) + " has"));
        }
        return until(() -> source.get()
                .map(at -> wanted.isAfter(at)
                        ? Optional.of(HttpProblems.positionNotReached(service + "=" + wanted, at, service))
                        : Optional.empty()));
    }

    /**
     * The position {@code ?asOf=} means in the metastore's journal; empty for now.
     *
     * <p>A position not reached yet is waited for as {@code Fjord-Min-Position} is.
     */
    public Future<Optional<Position>> asOf(Call call, Metastore metastore) {
        Optional<String> given = call.query("asOf");
        if (given.isEmpty()) {
            return Future.succeededFuture(Optional.empty());
        }
        String text = given.get();
        if (text.indexOf('-') < 0) {
            Position position;
            try {
                position = Position.parse(text);
            } catch (IllegalArgumentException e) {
                return Future.failedFuture(badAsOf());
            }
            return reached(metastore.service(), position).map(Optional.of(position));
        }
        Instant time;
        try {
            // A plus sign that nobody encoded arrives as a space.
            time = OffsetDateTime.parse(text.replace(' ', '+')).toInstant();
        } catch (DateTimeParseException e) {
            return Future.failedFuture(badAsOf());
        }
        if (time.isAfter(Clock.systemUTC().instant())) {
            return Future.failedFuture(
                    HttpProblems.invalidRequest("asOf", "lies in the future; what will be is not known"));
        }
        return metastore.positionAt(time).map(Optional::of);
    }

    private static ProblemException badAsOf() {
        return HttpProblems.invalidRequest(
                "asOf", "must be a position (1:4711) or an RFC 3339 time (2026-11-21T09:00:00Z)");
    }

    /** Waits until it is so, for at most so many seconds; tells whether it is. */
    public Future<Boolean> eventually(int seconds, Supplier<Future<Boolean>> condition) {
        return until(
                        () -> condition
                                .get()
                                .map(so -> so ? Optional.empty() : Optional.of(HttpProblems.operationNotReached(""))),
                        System.nanoTime() + Duration.ofSeconds(seconds).toNanos(),
                        FIRST_LOOK_MILLIS)
                .map(true)
                .recover(failure -> failure instanceof ProblemException
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(failure));
    }

    private Future<Void> until(Supplier<Future<Optional<ProblemException>>> missing) {
        return until(missing, System.nanoTime() + patience.toNanos(), FIRST_LOOK_MILLIS);
    }

    private Future<Void> until(Supplier<Future<Optional<ProblemException>>> missing, long deadline, long wait) {
        // Taken before looking: a move in between is not missed.
        Future<Void> move = nextMove.future();
        return missing.get().compose(problem -> {
            if (problem.isEmpty()) {
                return Future.succeededFuture();
            }
            if (System.nanoTime() >= deadline) {
                return Future.failedFuture(problem.get());
            }
            return Future.any(move, vertx.timer(wait, TimeUnit.MILLISECONDS).<Void>mapEmpty())
                    .compose(ok -> until(missing, deadline, Math.min(2 * wait, LONGEST_LOOK_MILLIS)));
        });
    }
}
