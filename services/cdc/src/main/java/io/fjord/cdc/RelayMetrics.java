package io.fjord.cdc;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the relay counts. */
final class RelayMetrics {

    private final MeterRegistry registry;
    private final Map<String, Long> behindSince = new ConcurrentHashMap<>();

    RelayMetrics(MeterRegistry registry, Iterable<String> services) {
        this.registry = registry;
        for (String service : services) {
            registry.counter("fjord_relay_events", "service", service);
            Gauge.builder("fjord_relay_lag_seconds", () -> lagSeconds(service))
                    .description("For how long the journal has held an event its topic does not")
                    .tag("service", service)
                    .register(registry);
        }
        registry.counter("fjord_relay_filled");
        registry.counter("fjord_relay_slot_lost");
    }

    private double lagSeconds(String service) {
        Long since = behindSince.get(service);
        return since == null ? 0 : (System.nanoTime() - since) / 1e9;
    }

    void published(String service, int events) {
        registry.counter("fjord_relay_events", "service", service).increment(events);
    }

    void filled(int events) {
        registry.counter("fjord_relay_filled").increment(events);
    }

    void hole(String service) {
        registry.counter("fjord_relay_holes", "service", service).increment();
    }

    void slotLost() {
        registry.counter("fjord_relay_slot_lost").increment();
    }

    void restarted() {
        registry.counter("fjord_relay_stream_restarts").increment();
    }

    void behind(String service, boolean now) {
        if (now) {
            behindSince.putIfAbsent(service, System.nanoTime());
        } else {
            behindSince.remove(service);
        }
    }
}
