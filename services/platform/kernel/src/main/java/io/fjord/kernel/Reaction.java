package io.fjord.kernel;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;

/** A step of a process: an event leads to commands. Their ids are made of the event's, so that a repetition is none. */
public interface Reaction {

    String name();

    Set<String> services();

    Future<List<CommandEnvelope<byte[]>>> on(EventEnvelope<byte[]> event);

    /** How far a reaction is with a service's events. */
    interface Positions {

        /** {@link Position#START} for a reaction that never ran. */
        Future<Position> position(String reaction, String service);

        Future<Void> save(String reaction, String service, Position position);
    }
}
