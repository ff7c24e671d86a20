package io.fjord.webhooks.delivery;

import io.fjord.contract.Address;
import java.time.Instant;
import java.util.List;

/**
 * What became of one event for one subscription.
 *
 * @param due when it is tried again, if it is
 * @param attempts the last of them; made says how many there were
 */
record Delivery(
        Place place,
        String eventId,
        String type,
        Address subject,
        State state,
        int made,
        Instant first,
        Instant last,
        Instant due,
        List<Attempt> attempts) {

    /** The same for every attempt: what receivers tell repetitions by. */
    static String webhookId(String eventId, String subscriptionId) {
        return eventId + "_" + subscriptionId;
    }
}
