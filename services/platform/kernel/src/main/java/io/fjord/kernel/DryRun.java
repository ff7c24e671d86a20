package io.fjord.kernel;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import java.util.List;

/** Decides a command as it would be decided now, and writes nothing. */
public interface DryRun {

    /** On committed state plus the commands still unread in its partition. */
    Future<Foreseen> decide(CommandEnvelope<byte[]> command);

    /**
     * @param position of the committed state
     * @param unread how many commands of the partition were decided before it
     * @param events what would be written; the last carries the outcome, their positions are those they would have if
     *     nothing else were committed
     */
    record Foreseen(Position position, int unread, List<EventEnvelope<String>> events) {}
}
