package io.fjord.contract.iam.access;

import io.fjord.contract.Personal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was seen of who may what: facts nobody decides, told on {@code fjord.iam.observations}; the subject is the resource. */
public sealed interface AccessObservation {

    /**
     * Somebody was refused; the id of the message is that of the decision, its actor who was refused.
     *
     * @param reason for people
     * @param chain addresses of what led to it, from the actor to the rule; none if nothing spoke for it
     * @param policyPosition how far grants and policies were known
     * @param address where the request came from
     * @param dropped how many refusals before it could not be told of
     */
    record AccessDenied(
            String action,
            String reason,
            List<String> chain,
            String policyPosition,
            @Personal(Personal.Of.ACTOR) @Nullable String address,
            @Nullable String purpose,
            long dropped)
            implements AccessObservation {
        public AccessDenied {
            chain = List.copyOf(chain);
        }
    }
}
