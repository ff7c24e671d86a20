package io.fjord.webhooks.delivery;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One try to deliver an event, and what was answered.
 *
 * @param status null if nothing was answered
 * @param failure why it does not count as delivered; null if it does
 * @param headers of the answer, as far as they are kept
 * @param body the first KiB of the answer
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Attempt(
        Instant at,
        long millis,
        @Nullable Integer status,
        @Nullable String failure,
        Map<String, String> headers,
        @Nullable String body) {

    static Attempt unanswered(Instant at, long millis, String failure) {
        return new Attempt(at, millis, null, failure, Map.of(), null);
    }

    boolean delivered() {
        return failure == null;
    }
}
