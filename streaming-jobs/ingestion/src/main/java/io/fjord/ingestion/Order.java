package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.PipelineSpec;

/**
 * What the operator wants of one pipeline.
 *
 * @param generation counts its starts; what one of a lower generation writes is refused
 * @param paused it is to read nothing
 * @param token what it shows the catalog: its owner's rights, for its own table alone
 * @param restart where it began, or was last told to begin again
 * @param restartGeneration the start since which that holds: what was written since then counts, not this
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
        long restartGeneration) {

    public String topic() {
        String stream = spec.source().stream();
        return stream == null ? String.valueOf(spec.source().topic()) : "fjord.stream." + domain + "." + stream;
    }

    String deadLetterTopic() {
        return "fjord.pipeline." + domain + "." + name + ".dlt";
    }

    String lateTopic() {
        return "fjord.pipeline." + domain + "." + name + ".late";
    }

    public String warehouse() {
        String catalog = spec.target().catalogOrDefault();
        return catalog.equals("default") ? domain : domain + "." + catalog;
    }

    boolean isSameWork(Order other) {
        return generation == other.generation && paused == other.paused;
    }

    @Override
    public String toString() {
        return domain + "/pipeline/" + name + " generation " + generation;
    }
}
