package io.fjord.catalog.search;

import io.fjord.catalog.search.Searching.Found;
import io.fjord.catalog.search.Searching.Wanted;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Metastore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the index up to the journal and searches it. The events say when there is something new; it is read from the journal, where
 * it is dense and in order.
 */
public final class Search {

    private static final Logger log = LoggerFactory.getLogger(Search.class);

    private static final int AT_ONCE = 1_000;
    private static final int SEARCHERS = 2;
    private static final long COMMIT_MILLIS = 5_000;

    /** So that what comes close together becomes visible together: to make it so takes the same for one event as for many. */
    private static final long APART_MILLIS = 100;

    /** Should an event go by unnoticed. */
    private static final long LOOK_MILLIS = 1_000;

    private final Vertx vertx;
    private final Metastore metastore;
    private final MessageTypes types;
    private final Path folder;
    private final ToLongFunction<String> uses;
    private final Clock clock;
    private final WorkerExecutor writing;
    private final WorkerExecutor searching;
    private final Timer lag;
    private @Nullable Index index;
    private long commits = -1;
    private long looks = -1;
    private Future<Void> advancing = Future.succeededFuture();
    private boolean again;
    private volatile boolean stopped;
    private volatile Position position = Position.START;
    private volatile long behind;

    /**
     * @param folder of the index
     * @param uses of a thing, by its address
     */
    public Search(
            Vertx vertx,
            Metastore metastore,
            MessageTypes types,
            Path folder,
            ToLongFunction<String> uses,
            Clock clock,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.metastore = metastore;
        this.types = types;
        this.folder = folder;
        this.uses = uses;
        this.clock = clock;
        this.writing = vertx.createSharedWorkerExecutor("catalog-index", 1, 5, TimeUnit.MINUTES);
        this.searching = vertx.createSharedWorkerExecutor("catalog-search", SEARCHERS, 1, TimeUnit.MINUTES);
        this.lag = Timer.builder("fjord.catalog.search.lag")
                .description("From the commit of an event until it is found")
                .serviceLevelObjectives(
                        Duration.ofMillis(50),
                        Duration.ofMillis(200),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(10))
                .register(metrics);
        Gauge.builder("fjord.catalog.search.behind", () -> behind)
                .description("Events of the journal that are not found yet")
                .strongReference(true)
                .register(metrics);
    }

    /** Opens the index and reads on from where it was. */
    public Future<Void> start() {
        return writing.<Index>executeBlocking(() -> Index.open(folder, types), true)
                .compose(this::notAhead)
                .map(opened -> {
                    index = opened;
                    position = opened.position();
                    commits = vertx.setPeriodic(COMMIT_MILLIS, id -> commit());
                    looks = vertx.setPeriodic(LOOK_MILLIS, id -> moved());
                    moved();
                    return null;
                });
    }

    /** An index of events that this journal does not have is of another database. */
    private Future<Index> notAhead(Index opened) {
        return metastore
                .position()
                .compose(end -> opened.position().isAfter(end)
                        ? writing.executeBlocking(
                                () -> {
                                    log.atWarn().log("The search index is not of this journal; it is made again");
                                    opened.clear();
                                    return opened;
                                },
                                true)
                        : Future.succeededFuture(opened));
    }

    public Position position() {
        return position;
    }

    /** The journal has something new. */
    public void moved() {
        Index open = index;
        if (open == null || stopped) {
            return;
        }
        if (!advancing.isComplete()) {
            again = true;
            return;
        }
        again = false;
        advancing = advance(open).compose(ok -> apart()).recover(failure -> {
            log.atWarn().setCause(failure).log("The search index could not be brought up to date; it is tried again");
            return Future.succeededFuture();
        });
        advancing.onSuccess(ok -> {
            if (again) {
                moved();
            }
        });
    }

    private Future<Void> apart() {
        return stopped
                ? Future.succeededFuture()
                : vertx.timer(APART_MILLIS, TimeUnit.MILLISECONDS).mapEmpty();
    }

    private Future<Void> advance(Index open) {
        return metastore.journal(position, AT_ONCE).compose(events -> {
            if (events.isEmpty() || stopped) {
                behind = 0;
                return Future.succeededFuture();
            }
            boolean restored = events.get(0).position().epoch() > position.epoch() && !position.equals(Position.START);
            return writing.<Void>executeBlocking(
                            () -> {
                                if (restored) {
                                    // The database is an older copy: what came after it did not happen.
                                    open.clear();
                                } else {
                                    open.apply(events);
                                }
                                return null;
                            },
                            true)
                    .compose(ok -> {
                        position = open.position();
                        if (!restored) {
                            told(events);
                        }
                        return restored || events.size() == AT_ONCE
                                ? metastore.position().compose(end -> {
                                    behind = Math.max(0, end.n() - position.n());
                                    return advance(open);
                                })
                                : Future.succeededFuture();
                    });
        });
    }

    private void told(List<EventEnvelope<String>> events) {
        var now = clock.instant();
        if (events.size() < AT_ONCE) {
            behind = 0;
            events.forEach(event -> lag.record(Duration.between(event.time(), now)));
        }
    }

    private void commit() {
        Index open = index;
        if (open != null) {
            writing.executeBlocking(
                            () -> {
                                open.commit();
                                return null;
                            },
                            true)
                    .onFailure(failure -> log.atWarn()
                            .setCause(failure)
                            .log("The search index could not be written; it is tried again"));
        }
    }

    Future<Found> search(Wanted wanted) {
        Index open = index;
        if (open == null) {
            return Future.failedFuture(new IllegalStateException("The search index is not open yet"));
        }
        return searching.executeBlocking(() -> new Searching(open, uses).search(wanted), false);
    }

    public Future<Void> stop() {
        stopped = true;
        vertx.cancelTimer(commits);
        vertx.cancelTimer(looks);
        Index open = index;
        return advancing
                .eventually(() -> open == null
                        ? Future.<Void>succeededFuture()
                        : writing.<Void>executeBlocking(
                                () -> {
                                    open.close();
                                    return null;
                                },
                                true))
                .eventually(writing::close)
                .eventually(searching::close);
    }
}
