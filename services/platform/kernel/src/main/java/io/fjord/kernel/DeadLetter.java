package io.fjord.kernel;

import io.fjord.contract.Problem;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A record that could not be read or decided, as it was, and why.
 *
 * @param id {@code <partition>-<offset>} of where it came from
 * @param time when it was put away
 * @param key the subject's address, if it had one
 * @param headers as they came, the CloudEvents attributes among them under {@code ce_…}
 */
public record DeadLetter(
        String id,
        String topic,
        int partition,
        long offset,
        Instant time,
        Problem problem,
        @Nullable String key,
        Map<String, String> headers,
        byte @Nullable [] data) {

    public DeadLetter {
        headers = Map.copyOf(headers);
    }
}
