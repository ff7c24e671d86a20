package io.fjord.webhooks.delivery;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Events that are to be sent once more.
 *
 * @param from by service, the position before the first
 * @param since of services not named there, the time of the first; null if nothing of them is wanted
 * @param only the thing they must be about; null for any
 * @param ends by service, the last one: where deliveries stood when it began; null before it has begun
 */
record Replay(
        String id,
        Map<String, Position> from,
        @Nullable Instant since,
        @Nullable String filter,
        @Nullable Address only,
        @Nullable Map<String, Position> ends) {

    Replay ending(Map<String, Position> at) {
        return new Replay(id, from, since, filter, only, Map.copyOf(at));
    }
}
