package io.fjord.ingest.produce;

import io.fjord.contract.Problem;
import java.util.Map;

/** One event of a request, in the order they came. */
sealed interface Piece {

    record Read(StreamEvent event) implements Piece {}

    /**
     * What is no event.
     *
     * @param attributes as far as they could be read
     * @param raw as it came
     */
    record Broken(Problem problem, Map<String, String> attributes, byte[] raw) implements Piece {
        public Broken {
            attributes = Map.copyOf(attributes);
        }
    }
}
