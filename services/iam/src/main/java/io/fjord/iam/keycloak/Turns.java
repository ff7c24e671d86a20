package io.fjord.iam.keycloak;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** Lets one go on when the one before is done, so that neither direction sees the other at half. */
final class Turns {

    private Future<?> last = Future.succeededFuture();

    synchronized <T> Future<T> take(Supplier<Future<T>> work) {
        Future<T> mine = last.transform(before -> work.get());
        last = mine.transform(done -> Future.succeededFuture());
        return mine;
    }
}
