package io.fjord.ingestion;

import java.io.IOException;
import java.util.function.BooleanSupplier;

/** A pipeline at work: cycle after cycle of reading and committing. */
public interface Session extends AutoCloseable {

    /** Reads until it is time, and commits what there is. */
    void cycle(BooleanSupplier stopped) throws CannotGoOn, Overtaken, IOException, InterruptedException;

    /** What was read and not committed is forgotten: it is read again. */
    @Override
    void close();
}
