package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.ingestion.capture.Capture;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/** Pipelines without Spark: from topics and streams as they are, from databases by way of a topic that is filled beside. */
final class DirectEngine implements Engine {

    private final ExecutorService threads;

    DirectEngine(ExecutorService threads) {
        this.threads = threads;
    }

    @Override
    public @Nullable Session open(Settings settings, Order order, Progress progress)
            throws CannotGoOn, Overtaken, IOException, InterruptedException {
        DatabaseSource database = order.spec().source().database();
        return database == null
                ? DirectSession.open(settings, order, progress, threads)
                : ChangeSession.open(settings, order, progress, database);
    }

    @Override
    public void release(Settings settings, Order order) throws CannotGoOn, IOException, InterruptedException {
        DatabaseSource database = order.spec().source().database();
        if (database != null) {
            Capture.release(settings, ChangeSession.wanted(order, database, false));
        }
    }
}
