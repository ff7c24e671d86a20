package io.fjord.cdc.capture;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** What the capture of all changes counts. */
final class ChangeMetrics {

    private final MeterRegistry registry;
    private final String capture;
    private volatile boolean capturing;

    ChangeMetrics(MeterRegistry registry, String capture) {
        this.registry = registry;
        this.capture = capture;
        registry.counter("fjord_capture_transactions", "capture", capture);
        Gauge.builder("fjord_capture_running", () -> capturing ? 1 : 0)
                .description("Whether changes are being captured")
                .tag("capture", capture)
                .register(registry);
    }

    void transaction() {
        registry.counter("fjord_capture_transactions", "capture", capture).increment();
    }

    void snapshot(String reason) {
        registry.counter("fjord_capture_snapshots", "capture", capture, "reason", reason)
                .increment();
    }

    void capturing(boolean now) {
        capturing = now;
    }
}
