package io.fjord.ingest.produce;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One event as its producer gave it: the attributes of CloudEvents 1.0, and its data as bytes.
 *
 * @param source the producer's, or the stream's own path
 * @param known whether the same event comes with the same source and id when it is sent again
 * @param attributes all others that were given: subject, time, dataschema and extensions
 * @param data one JSON value, as it came
 * @param tree the same, read; null where nobody needs it
 */
record StreamEvent(
        String id,
        String source,
        String type,
        boolean known,
        Map<String, String> attributes,
        byte[] data,
        @Nullable JsonNode tree) {

    StreamEvent {
        attributes = Map.copyOf(attributes);
    }
}
