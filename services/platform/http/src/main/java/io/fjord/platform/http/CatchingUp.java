package io.fjord.platform.http;

import io.fjord.contract.Position;
import io.fjord.kernel.Journals;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Lets a view made of another service's events catch up before somebody is refused by what it says: who has just read from that
 * service that a thing is so may rely on it, though the event of it may be on its way here still.
 */
public final class CatchingUp {

    private static final int PATIENCE_SECONDS = 5;

    /** A view that is further behind has more to do than to answer. */
    private static final int PAGE = 1_000;

    private final String service;
    private final Journals journals;
    private final Supplier<Future<Position>> view;
    private final Reads reads;

    /** @param view how far it is with the events of that service */
    public CatchingUp(Vertx vertx, String service, Journals journals, Supplier<Future<Position>> view) {
        this.service = service;
        this.journals = journals;
        this.view = view;
        this.reads = Reads.view(vertx);
    }

    /** The view knows more: those who wait look at once. */
    public void moved() {
        reads.moved();
    }

    /** Comes when what the service knows now is known here; without it if the service does not tell, or it takes too long. */
    public Future<Void> now() {
        return view.get()
                .compose(at -> journals.after(service, at, PAGE))
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .compose(news -> news.isEmpty()
                        ? Future.succeededFuture(true)
                        : reached(news.get(news.size() - 1).position()))
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    private Future<Boolean> reached(Position wanted) {
        return reads.eventually(PATIENCE_SECONDS, () -> view.get().map(at -> !wanted.isAfter(at)));
    }
}
