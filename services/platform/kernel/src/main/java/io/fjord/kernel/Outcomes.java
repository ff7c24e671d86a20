package io.fjord.kernel;

import io.fjord.contract.EventEnvelope;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;

/** The live outcomes of commands, as they come out of the event topics. */
public interface Outcomes {

    /**
     * Waits for the event that carries the outcome. Ask before the command is appended, or it may pass unseen.
     *
     * @return empty when the time is up
     */
    Future<Optional<EventEnvelope<byte[]>>> await(String commandId, Duration atMost);
}
