package io.fjord.platform.kafka;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Tries until it works or nobody wants it any more. */
final class Backoff {

    private static final long FIRST_MILLIS = 50;
    private static final long LONGEST_MILLIS = 5_000;

    private final Vertx vertx;
    private final BooleanSupplier wanted;
    private final Consumer<Throwable> onFailure;

    /** @param onFailure told of every failure; the log line is the caller's */
    Backoff(Vertx vertx, BooleanSupplier wanted, Consumer<Throwable> onFailure) {
        this.vertx = vertx;
        this.wanted = wanted;
        this.onFailure = onFailure;
    }

    /** @return fails with {@link CancellationException} when it is not wanted any more */
    <T> Future<T> until(Supplier<Future<T>> attempt) {
        return until(attempt, FIRST_MILLIS);
    }

    private <T> Future<T> until(Supplier<Future<T>> attempt, long wait) {
        if (!wanted.getAsBoolean()) {
            return Future.failedFuture(new CancellationException("Not wanted any more"));
        }
        return guarded(attempt).recover(failure -> {
            if (failure instanceof CancellationException) {
                return Future.failedFuture(failure);
            }
            onFailure.accept(failure);
            return vertx.timer(wait, TimeUnit.MILLISECONDS)
                    .compose(ok -> until(attempt, Math.min(2 * wait, LONGEST_MILLIS)));
        });
    }

    /** What throws fails. */
    static <T> Future<T> guarded(Supplier<Future<T>> attempt) {
        try {
            return attempt.get();
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }
}
