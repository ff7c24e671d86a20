package io.fjord.catalog.iceberg;

import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Lets commits to one table of this process come one after the other. Without that, of those that come at once only one can
 * win, and the others have written their metadata files in vain. Nobody waits on a thread; other processes are kept apart by
 * the row alone.
 */
final class Turns {

    private final Map<Object, Future<?>> last = new HashMap<>();

    /** Runs the work when all that was given before for the same key is done. */
    synchronized <T> Future<T> inTurn(Object key, Supplier<Future<T>> work) {
        Future<?> before = last.get(key);
        Future<T> mine = before == null ? work.get() : before.transform(done -> work.get());
        last.put(key, mine);
        return mine.onComplete(done -> forget(key, mine));
    }

    private synchronized void forget(Object key, Future<?> done) {
        last.remove(key, done);
    }
}
