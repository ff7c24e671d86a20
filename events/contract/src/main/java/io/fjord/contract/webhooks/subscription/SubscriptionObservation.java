package io.fjord.contract.webhooks.subscription;

import io.fjord.contract.Position;
import org.jspecify.annotations.Nullable;

/** What was seen of deliveries: facts nobody decides, told on {@code fjord.webhooks.observations}. */
public sealed interface SubscriptionObservation {

    /**
     * An event was posted, or could not be; the subject is the subscription, the actor its owner.
     *
     * @param webhookId the same for every attempt
     * @param source the service whose event it is
     * @param number of the attempt, from 1
     * @param status of the answer; null if there was none
     * @param failure why it counts as not delivered; null if it does not
     */
    record DeliveryAttempted(
            String webhookId,
            String eventId,
            String eventType,
            String source,
            Position position,
            int number,
            @Nullable Integer status,
            long millis,
            @Nullable String failure)
            implements SubscriptionObservation {}
}
