package io.fjord.kernel;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;

/**
 * Keeps a view up to date from events. The position and the effect of a batch are one transaction (or one step in memory), so
 * that an event has its effect exactly once, however often it arrives.
 */
public interface Projection {

    /** Stable: names the consumer group and the position rows. */
    String name();

    /** The services whose events it reads. */
    Set<String> services();

    /** How far the view is; {@link Position#START} for an empty one. */
    Future<Position> position(String service);

    /** Applies the next events, dense and in order, and moves the position to the last of them. */
    Future<Void> apply(String service, List<EventEnvelope<byte[]>> events);

    /** The journal has a new epoch: forget what came of this service; its events follow from the beginning. */
    Future<Void> reset(String service);
}
