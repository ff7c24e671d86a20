package io.fjord.kernel;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The journals of all services, read past the topics: where gaps are refilled from. */
public interface Journals {

    /** Events after that position in order; fewer than the limit means that was the end. */
    Future<List<EventEnvelope<byte[]>>> after(String service, Position position, int limit);

    /** A service's own, which it need not ask for through a door. */
    static Journals own(Metastore metastore) {
        return (service, position, limit) -> metastore
                .journal(position, limit)
                .map(events -> events.stream()
                        .map(event -> event.with(event.data().getBytes(StandardCharsets.UTF_8)))
                        .toList());
    }
}
