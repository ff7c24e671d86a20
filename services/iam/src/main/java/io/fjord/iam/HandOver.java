package io.fjord.iam;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who gets what was a leaver's. */
public final class HandOver {

    private HandOver() {}

    /** What is wrong with handing the leaver's things to that one; null is nobody. */
    public static Optional<Problem> fault(Address leaver, @Nullable String to) {
        if (to == null || (Actors.isActor(to) && !to.equals(Actors.of(leaver)))) {
            return Optional.empty();
        }
        return Optional.of(Problem.of(
                "hand-over-refused",
                422,
                "It cannot be handed over to that one",
                "What belongs to '" + Actors.of(leaver)
                        + "' can be handed to another user (user:ana) or service account"
                        + " (service-account:nightly), not to '" + to + "'."));
    }
}
