package io.fjord.ingest.produce;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.fjord.contract.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What became of one event of a request.
 *
 * @param index its place in the request, from 0
 * @param id its CloudEvents id; null for what could not be read
 * @param partition where it lies, in the stream or among its dead letters
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Result(
        int index,
        Fate result,
        @Nullable String id,
        @Nullable Integer partition,
        @Nullable Long offset,
        @Nullable Problem problem) {

    enum Fate {
        /** In the stream, acknowledged by all replicas. */
        @JsonProperty("accepted")
        ACCEPTED,
        /** There before, from an earlier request or from this one. */
        @JsonProperty("duplicate")
        DUPLICATE,
        /** Wrong, and kept among the dead letters. */
        @JsonProperty("dead-lettered")
        DEAD_LETTERED,
        /** Wrong, and nowhere. */
        @JsonProperty("refused")
        REFUSED,
        /** Not wrong, but not known to be in the stream: to be sent again. */
        @JsonProperty("not-acknowledged")
        NOT_ACKNOWLEDGED
    }

    boolean taken() {
        return result == Fate.ACCEPTED || result == Fate.DUPLICATE;
    }

    Result at(int place) {
        return new Result(place, result, id, partition, offset, problem);
    }
}
