package io.fjord.kernel;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import java.util.List;

/** The journals of all services, read past the topics: where gaps are refilled from. */
public interface Journals {

    /** Events after that position in order; fewer than the limit means that was the end. */
    Future<List<EventEnvelope<byte[]>>> after(String service, Position position, int limit);
}
