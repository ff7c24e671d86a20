package io.fjord.platform.http;

import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a service from changing anything while its event topic tells of more than its journal, which means that its database
 * was restored from an older copy; {@code POST /api/v1/restore} raises the epoch and lets it go on.
 */
public final class RestoreRoutes {

    private static final Logger log = LoggerFactory.getLogger(RestoreRoutes.class);
    private static final String OPERATION = "restore";

    private final String service;
    private final Supplier<Future<Position>> topicEnd;
    private final Supplier<Future<Position>> journalEnd;
    private final LongFunction<Future<Position>> raiseEpoch;
    private final Supplier<Future<Void>> begin;

    /** Null once the service has begun. */
    private volatile @Nullable ProblemException refusal;

    private @Nullable Future<Reply> restoring;

    /**
     * @param topicEnd the highest position on the service's event topic
     * @param raiseEpoch above that epoch; tells the journal's end in the new one
     * @param begin starts what writes by itself: called once, when the journal is known to be the newest
     */
    public RestoreRoutes(
            String service,
            Supplier<Future<Position>> topicEnd,
            Supplier<Future<Position>> journalEnd,
            LongFunction<Future<Position>> raiseEpoch,
            Supplier<Future<Void>> begin) {
        this.service = service;
        this.topicEnd = topicEnd;
        this.journalEnd = journalEnd;
        this.raiseEpoch = raiseEpoch;
        this.begin = begin;
        this.refusal = new ProblemException(Problem.of(
                        "restored-from-older-copy",
                        503,
                        "The database was restored from an older copy",
                        "The event topic of '" + service
                                + "' tells of changes its database does not hold, so nothing is"
                                + " changed until somebody says that this is meant: run 'fjord restore'. Reads work."))
                .retryAfter(Duration.ofSeconds(5));
    }

    /** Compares the journal with the topic, and begins unless the journal is behind. */
    public Future<Void> beginUnlessBehind() {
        return topicEnd.get()
                .compose(topic -> journalEnd.get().compose(journal -> {
                    if (!topic.isAfter(journal)) {
                        return begin();
                    }
                    log.atError()
                            .addKeyValue("service", service)
                            .addKeyValue("topicPosition", topic)
                            .addKeyValue("journalPosition", journal)
                            .log(
                                    "The event topic is ahead of the journal: the database was restored from an older copy. Nothing is"
                                            + " decided until 'fjord restore' raises the epoch");
                    return Future.succeededFuture();
                }));
    }

    private Future<Void> begin() {
        return begin.get().onSuccess(ok -> refusal = null);
    }

    /** Whether the service has begun. */
    public boolean hasBegun() {
        return refusal == null;
    }

    public void install(Api api) {
        api.on(OPERATION, this::restore)
                .refuseChanges(
                        operation -> operation.equals(OPERATION) ? Optional.empty() : Optional.ofNullable(refusal));
    }

    private Future<Reply> restore(Call call) {
        String named = call.query("service").orElse("");
        if (!named.equals(service)) {
            return Future.failedFuture(HttpProblems.noSuchService(named, List.of(service)));
        }
        Future<Reply> underWay = restoring;
        if (underWay != null) {
            return underWay;
        }
        if (hasBegun()) {
            return Future.failedFuture(new ProblemException(Problem.of(
                    "not-restored",
                    409,
                    "Nothing to restore",
                    "The journal of '" + service + "' is not behind its event topic, so its epoch stays.")));
        }
        Future<Reply> now = raise();
        restoring = now;
        now.onComplete(done -> restoring = null);
        return now;
    }

    /** A new epoch above the topic's, so that everybody who read the lost future starts again. */
    private Future<Reply> raise() {
        return topicEnd.get()
                .compose(topic -> raiseEpoch.apply(topic.epoch()))
                .compose(position -> begin().map(ok -> {
                    log.atInfo()
                            .addKeyValue("service", service)
                            .addKeyValue("position", position)
                            .log("The epoch was raised; the service goes on from its restored database");
                    return Reply.ok(new Restored(service, position));
                }));
    }

    private record Restored(String service, Position position) {}
}
