package io.fjord.catalog;

import io.fjord.kernel.Metastore;
import io.fjord.kernel.Tx;
import io.vertx.core.Future;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A real metastore whose connection breaks: before the commit, just after it, or for good. */
final class UnreliableReplies {

    private final AtomicInteger repliesToLose = new AtomicInteger();
    private final AtomicInteger commitsToPrevent = new AtomicInteger();
    private volatile boolean away;

    void loseReplies(int count) {
        repliesToLose.set(count);
    }

    void preventCommits(int count) {
        commitsToPrevent.set(count);
    }

    void goAway(boolean gone) {
        away = gone;
    }

    Metastore around(Metastore real) {
        return (Metastore) Proxy.newProxyInstance(
                Metastore.class.getClassLoader(), new Class<?>[] {Metastore.class}, (proxy, method, arguments) -> {
                    try {
                        if (!method.getName().equals("transaction")) {
                            return method.invoke(real, arguments);
                        }
                        @SuppressWarnings("unchecked")
                        Function<Tx, Future<Object>> work = (Function<Tx, Future<Object>>) arguments[0];
                        return transaction(real, work);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private Future<Object> transaction(Metastore real, Function<Tx, Future<Object>> work) {
        if (away) {
            return Future.failedFuture(new IOException("the server is gone"));
        }
        if (takeOne(commitsToPrevent)) {
            return real.transaction(tx ->
                    work.apply(tx).compose(done -> Future.failedFuture(new IOException("lost before the commit"))));
        }
        return real.transaction(work)
                .compose(done -> takeOne(repliesToLose)
                        ? Future.failedFuture(new IOException("lost after the commit"))
                        : Future.succeededFuture(done));
    }

    private static boolean takeOne(AtomicInteger left) {
        return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
    }
}
