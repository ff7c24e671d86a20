package io.fjord.platform.kafka;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Projection;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A view that keeps every event it was given; it outlives its runner as one in a database would. */
final class ViewSample implements Projection {

    private final String name;
    private final Set<String> services;
    private final Map<String, Position> positions = new HashMap<>();
    private final List<EventEnvelope<byte[]>> applied = new ArrayList<>();
    private int resets;
    final Set<Position> cannotApply = ConcurrentHashMap.newKeySet();
    final Queue<RuntimeException> failuresAfterCommit = new ConcurrentLinkedQueue<>();
    volatile Runnable beforeApplying = () -> {};

    ViewSample(String name, Set<String> services) {
        this.name = name;
        this.services = services;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<String> services() {
        return services;
    }

    @Override
    public synchronized Future<Position> position(String service) {
        return Future.succeededFuture(positions.getOrDefault(service, Position.START));
    }

    @Override
    public synchronized Future<Void> apply(String service, List<EventEnvelope<byte[]>> events) {
        beforeApplying.run();
        for (EventEnvelope<byte[]> event : events) {
            if (cannotApply.contains(event.position())) {
                return Future.failedFuture(new IllegalArgumentException("Cannot apply " + event.position()));
            }
        }
        applied.addAll(events);
        positions.put(service, events.get(events.size() - 1).position());
        RuntimeException lost = failuresAfterCommit.poll();
        return lost == null ? Future.succeededFuture() : Future.failedFuture(lost);
    }

    @Override
    public synchronized Future<Void> reset(String service) {
        resets++;
        applied.removeIf(event -> event.source().equals(service));
        positions.remove(service);
        return Future.succeededFuture();
    }

    synchronized List<String> seen() {
        return applied.stream().map(event -> event.position().toString()).toList();
    }

    synchronized List<String> seenOf(Address subject) {
        return applied.stream()
                .filter(event -> event.subject().equals(subject))
                .map(event -> event.position().toString())
                .toList();
    }

    synchronized int resets() {
        return resets;
    }
}
