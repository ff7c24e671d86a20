package io.fjord.runtime.lineage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A run event as the agent tells it. */
record Told(ObjectNode json) {

    static final ObjectMapper JSON = new ObjectMapper();

    static Told parse(String text) {
        try {
            return new Told((ObjectNode) JSON.readTree(text));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("OpenLineage's agent told what is no JSON", e);
        }
    }

    String run() {
        return json.path("run").path("runId").asText();
    }

    boolean writes() {
        return !json.path("outputs").isEmpty();
    }

    boolean goesOn() {
        return json.path("eventType").asText().equals("RUNNING");
    }

    boolean ends() {
        return switch (json.path("eventType").asText()) {
            case "COMPLETE", "FAIL", "ABORT" -> true;
            default -> false;
        };
    }

    /** With a facet of the run that says who ran it. */
    String by(String actor) {
        var facet = json.withObject("/run/facets").putObject("fjord_actor");
        facet.put("_producer", json.path("producer").asText("fjord"));
        facet.put("_schemaURL", "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet");
        facet.put("actor", actor);
        return json.toString();
    }
}
