package io.fjord.platform.http;

import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;

/** The process's metrics as Prometheus reads them. Meters are registered with {@link Metrics#globalRegistry}. */
public final class Prometheus {

    private static final PrometheusMeterRegistry REGISTRY = open();

    private Prometheus() {}

    public static PrometheusMeterRegistry registry() {
        return REGISTRY;
    }

    static String text() {
        return REGISTRY.scrape();
    }

    private static PrometheusMeterRegistry open() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        List.of(
                        new ClassLoaderMetrics(),
                        new JvmMemoryMetrics(),
                        new JvmThreadMetrics(),
                        new ProcessorMetrics(),
                        new UptimeMetrics())
                .forEach(binder -> binder.bindTo(registry));
        Metrics.addRegistry(registry);
        return registry;
    }
}
