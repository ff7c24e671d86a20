package io.fjord.kernel;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;

/** Waits without holding a thread; a simulation has its own. */
public interface Delay {

    Future<Void> millis(long millis);

    static Delay of(Vertx vertx) {
        return millis -> vertx.timer(millis, TimeUnit.MILLISECONDS).mapEmpty();
    }
}
