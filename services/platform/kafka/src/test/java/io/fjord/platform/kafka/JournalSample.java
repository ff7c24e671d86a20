package io.fjord.platform.kafka;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Journals;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** A journal the test writes. */
final class JournalSample implements Journals {

    private final List<EventEnvelope<byte[]>> events = new ArrayList<>();
    private int asked;

    synchronized void set(List<EventEnvelope<byte[]>> all) {
        events.clear();
        events.addAll(all);
    }

    synchronized int asked() {
        return asked;
    }

    @Override
    public synchronized Future<List<EventEnvelope<byte[]>>> after(String service, Position position, int limit) {
        asked++;
        return Future.succeededFuture(events.stream()
                .filter(event -> event.position().isAfter(position))
                .limit(limit)
                .toList());
    }
}
