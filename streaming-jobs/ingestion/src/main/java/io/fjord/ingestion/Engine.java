package io.fjord.ingestion;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What does the work of a driver's pipelines. */
public interface Engine {

    /** @return null if there is neither a table nor what to make one of; it is asked again */
    @Nullable
    Session open(Settings settings, Order order, Progress progress)
            throws CannotGoOn, Overtaken, IOException, InterruptedException;

    /** Takes away what a deleted pipeline has elsewhere. */
    default void release(Settings settings, Order order) throws CannotGoOn, IOException, InterruptedException {}
}
