package io.fjord.kernel;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import io.vertx.core.Future;

/** Where commands go that could not be decided because something broke. */
public interface DeadLetters {

    /** Written before the offset moves on; a repetition carries the same partition and offset, and counts once. */
    Future<Void> add(Partition partition, long offset, CommandEnvelope<byte[]> command, Problem problem);
}
