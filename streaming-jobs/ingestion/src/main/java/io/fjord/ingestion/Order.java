package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.PipelineSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the operator wants of one pipeline.
 *
 * @param generation counts its starts; what one of a lower generation writes is refused
 * @param paused it is to read nothing
 * @param token what it shows the catalog: its owner's rights, for its own table alone
 * @param restart where it began, or was last told to begin again
 * @param restartGeneration the start since which that holds: what was written since then counts, not this
 * @param release it is deleted: what it has in its source database is to go
 * @param password of its source database; null for another source, or where it is not known yet
 */
public record Order(
        String id,
        String domain,
        String name,
        long generation,
        boolean paused,
        String token,
        PipelineSpec spec,
        PipelinePosition restart,
        long restartGeneration,
        boolean release,
        @Nullable String password) {

    public Order(
            String id,
            String domain,
            String name,
            long generation,
            boolean paused,
            String token,
            PipelineSpec spec,
            PipelinePosition restart,
            long restartGeneration) {
        this(id, domain, name, generation, paused, token, spec, restart, restartGeneration, false, null);
    }

    /** Of rows known by these columns, beginning there. */
    Order of(List<String> keys, PipelinePosition begin) {
        PipelineSpec keyed = new PipelineSpec(
                spec.source(),
                spec.target(),
                spec.mode(),
                keys,
                spec.evolution(),
                spec.freshnessSeconds(),
                spec.watermark(),
                spec.parallelism(),
                spec.engine(),
                spec.transform());
        return new Order(
                id, domain, name, generation, paused, token, keyed, begin, restartGeneration, release, password);
    }

    /** Whether it cannot be begun yet. */
    boolean lacksPassword() {
        return spec.source().database() != null && password == null;
    }

    public String topic() {
        if (spec.source().database() != null) {
            return "fjord.pipeline." + domain + "." + name + ".changes";
        }
        String stream = spec.source().stream();
        return stream == null ? String.valueOf(spec.source().topic()) : "fjord.stream." + domain + "." + stream;
    }

    /** Of one partition. */
    String topic(Aside aside) {
        return "fjord.pipeline." + domain + "." + name
                + switch (aside) {
                    case DEAD -> ".dlt";
                    case LATE -> ".late";
                };
    }

    public String warehouse() {
        String catalog = spec.target().catalogOrDefault();
        return catalog.equals("default") ? domain : domain + "." + catalog;
    }

    boolean isSameWork(Order other) {
        return generation == other.generation && paused == other.paused && release == other.release;
    }

    @Override
    public String toString() {
        return domain + "/pipeline/" + name + " generation " + generation;
    }
}
