package io.fjord.platform.kafka;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

/** Brings what Kafka's threads have to say back to where the caller runs. */
final class ContextHop {

    private ContextHop() {}

    /** To the context this is called on, if it is one of Vert.x's. */
    static <T> Future<T> toCaller(Future<T> future) {
        Context context = Vertx.currentContext();
        return context == null ? future : to(context, future);
    }

    static <T> Future<T> to(Context context, Future<T> future) {
        Promise<T> there = Promise.promise();
        future.onComplete(done -> context.runOnContext(ok -> there.handle(done)));
        return there.future();
    }
}
