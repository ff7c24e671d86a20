package io.fjord.operator;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.operator.DesiredPipelines.Desired;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How far pipelines are, for Prometheus: by domain and name. */
final class PipelineMetrics {

    private final Map<String, MultiGauge> gauges = new LinkedHashMap<>();

    PipelineMetrics(MeterRegistry registry) {
        gauge(registry, "lag", "fjord_pipeline_lag_records", "Records in the topic that are not in the table.");
        gauge(registry, "rows", "fjord_pipeline_rows", "Rows written since the pipeline began.");
        gauge(registry, "dead", "fjord_pipeline_dead_records", "Records kept aside because they do not fit.");
        gauge(registry, "late", "fjord_pipeline_late_records", "Records kept aside because they came too late.");
        gauge(
                registry,
                "freshnessMillis",
                "fjord_pipeline_freshness_millis",
                "Age of the oldest record of the last commit.");
    }

    private void gauge(MeterRegistry registry, String field, String name, String description) {
        gauges.put(field, MultiGauge.builder(name).description(description).register(registry));
    }

    void show(List<Desired> all, Map<String, JsonNode> byId) {
        gauges.forEach((field, gauge) -> {
            List<MultiGauge.Row<?>> rows = new ArrayList<>();
            for (Desired pipeline : all) {
                JsonNode document = byId.get(pipeline.id());
                if (document != null && document.has(field)) {
                    Tags tags = Tags.of(
                            "domain", pipeline.address().domain(),
                            "pipeline", pipeline.address().name());
                    rows.add(MultiGauge.Row.of(tags, document.path(field).asDouble()));
                }
            }
            gauge.register(rows, true);
        });
    }
}
