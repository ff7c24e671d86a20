package io.fjord.cdc;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A journal in memory, for one service. */
final class MemoryJournal implements JournalSource {

    private final String service;
    private final List<EventEnvelope<byte[]>> events = new ArrayList<>();
    private Position end = Position.START;

    MemoryJournal(String service) {
        this.service = service;
    }

    void append(int more) {
        for (int i = 0; i < more; i++) {
            end = end.next();
            events.add(event(service, end));
        }
    }

    static EventEnvelope<byte[]> event(String service, Position position) {
        return new EventEnvelope<>(
                "id-" + position,
                "fjord.test.thing.ThingHappened.v1",
                service,
                Instant.EPOCH,
                Address.parse("default/thing/t" + position.n() % 7),
                position,
                position.n(),
                "user:anna",
                "c",
                null,
                null,
                null,
                null,
                null,
                "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    void raiseEpoch() {
        end = new Position(end.epoch() + 1, end.n());
    }

    /** All there are, for a stream to bring. */
    List<EventEnvelope<byte[]>> events() {
        return events;
    }

    @Override
    public Position end(String of) {
        return end;
    }

    @Override
    public Optional<String> idAt(String of, Position position) {
        return events.stream()
                .filter(event -> event.position().equals(position))
                .map(EventEnvelope::id)
                .findFirst();
    }

    @Override
    public List<EventEnvelope<byte[]>> after(String of, Position position, int limit) {
        return events.stream()
                .filter(event -> event.position().isAfter(position))
                .limit(limit)
                .toList();
    }
}
