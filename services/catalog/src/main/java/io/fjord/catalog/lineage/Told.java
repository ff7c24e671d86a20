package io.fjord.catalog.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.kernel.Ids;
import io.openlineage.server.OpenLineage.DatasetFacets;
import io.openlineage.server.OpenLineage.InputDataset;
import io.openlineage.server.OpenLineage.OutputDataset;
import io.openlineage.server.OpenLineage.RunEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One OpenLineage run event, as far as the graph needs it.
 *
 * @param payload all of it, as it came
 */
record Told(
        String payload,
        Instant at,
        String state,
        String runId,
        String jobNamespace,
        String jobName,
        List<Dataset> inputs,
        List<Dataset> outputs) {

    /** What a run read or wrote, with the other names it goes by. */
    record Dataset(String namespace, String name, List<Name> symlinks, List<Flow> flows) {

        /** Where its files lie, if its name is a place. */
        String place() {
            return namespace.endsWith("/") || name.startsWith("/") ? namespace + name : namespace + "/" + name;
        }
    }

    record Name(String namespace, String name) {}

    /** The columns {@code how} is kept in is not longer. */
    private static final int MOST_HOW = 60;

    private static final int LAST_YEAR = 9999;

    /**
     * A column of an output that is made of a column of a dataset.
     *
     * @param how {@code DIRECT/IDENTITY}, {@code INDIRECT/JOIN} …; of an indirect one the output column is {@code *}
     */
    record Flow(String namespace, String name, String from, String to, String how) {}

    /** @throws IllegalArgumentException saying what is wrong with it */
    static Told read(String payload, JsonNode json) {
        RunEvent event;
        try {
            event = Json.MAPPER.treeToValue(json, RunEvent.class);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalArgumentException("is no OpenLineage run event: " + e.getOriginalMessage(), e);
        }
        require(event.getEventTime(), "eventTime");
        require(event.getRun(), "run");
        require(event.getRun().getRunId(), "run.runId");
        require(event.getJob(), "job");
        require(event.getJob().getNamespace(), "job.namespace");
        require(event.getJob().getName(), "job.name");
        Instant at = event.getEventTime().toInstant();
        if (event.getEventTime().getYear() > LAST_YEAR || at.isBefore(Instant.EPOCH)) {
            throw new IllegalArgumentException("has an eventTime nobody could have meant");
        }
        List<Dataset> inputs = new ArrayList<>();
        if (event.getInputs() != null) {
            for (InputDataset one : event.getInputs()) {
                inputs.add(dataset(one.getNamespace(), one.getName(), one.getFacets()));
            }
        }
        List<Dataset> outputs = new ArrayList<>();
        if (event.getOutputs() != null) {
            for (OutputDataset one : event.getOutputs()) {
                outputs.add(dataset(one.getNamespace(), one.getName(), one.getFacets()));
            }
        }
        return new Told(
                payload,
                at,
                event.getEventType() == null ? "OTHER" : event.getEventType().name(),
                event.getRun().getRunId().toString(),
                event.getJob().getNamespace(),
                event.getJob().getName(),
                inputs,
                outputs);
    }

    private static void require(@Nullable Object value, String name) {
        if (value == null) {
            throw new IllegalArgumentException("has no " + name);
        }
        if (value instanceof String text) {
            plain(text);
        }
    }

    /** What databases do not take. */
    private static String plain(String text) {
        if (text.indexOf('\u0000') >= 0) {
            throw new IllegalArgumentException("has a name with a NUL in it");
        }
        return text;
    }

    private static Dataset dataset(@Nullable String namespace, @Nullable String name, @Nullable DatasetFacets facets) {
        require(namespace, "namespace of a dataset");
        require(name, "name of a dataset");
        JsonNode all = facets == null
                ? Json.MAPPER.createObjectNode()
                : Json.MAPPER.valueToTree(facets.getAdditionalProperties());
        return new Dataset(String.valueOf(namespace), String.valueOf(name), symlinks(all.path("symlinks")), flows(all));
    }

    private static List<Name> symlinks(JsonNode facet) {
        List<Name> names = new ArrayList<>();
        facet.path("identifiers")
                .forEach(one -> names.add(new Name(
                        plain(one.path("namespace").asText()),
                        plain(one.path("name").asText()))));
        return names;
    }

    private static List<Flow> flows(JsonNode facets) {
        List<Flow> flows = new ArrayList<>();
        JsonNode lineage = facets.path("columnLineage");
        lineage.path("fields")
                .properties()
                .forEach(field ->
                        field.getValue().path("inputFields").forEach(input -> flows.add(flow(input, field.getKey()))));
        lineage.path("dataset").forEach(input -> flows.add(flow(input, "*")));
        return flows;
    }

    private static Flow flow(JsonNode input, String to) {
        JsonNode first = input.path("transformations").path(0);
        String how = first.isMissingNode()
                ? "DIRECT"
                : (first.path("type").asText("DIRECT") + "/"
                        + first.path("subtype").asText(""));
        return new Flow(
                plain(input.path("namespace").asText()),
                plain(input.path("name").asText()),
                plain(input.path("field").asText()),
                plain(to),
                plain(how.substring(0, Math.min(MOST_HOW, how.length())).toUpperCase(Locale.ROOT)));
    }

    /** The same for the same event, however often it is sent. */
    String id(String domain) {
        return Ids.of("lineage", domain, Ids.sha256(payload.getBytes(StandardCharsets.UTF_8)));
    }
}
