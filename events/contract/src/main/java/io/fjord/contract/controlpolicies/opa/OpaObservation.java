package io.fjord.contract.controlpolicies.opa;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What Open Policy Agents tell of themselves, told on {@code fjord.control-policies.observations}: facts nobody decides. */
public sealed interface OpaObservation {

    /**
     * An agent has decided; the subject is what it was asked about, the actor who wanted it.
     *
     * @param instance id that the agent gave itself when it started
     * @param decisionId its own name for the decision
     * @param path of the document it was asked for
     * @param action the first, where it was asked many things at once
     * @param asked how many things it was asked
     * @param allowed to how many it said yes
     * @param requestId number of the request in that instance
     * @param revision of the bundle it decided with
     * @param failure why it could not decide
     */
    record OpaDecided(
            String instance,
            String decisionId,
            String path,
            @Nullable String action,
            int asked,
            int allowed,
            @Nullable Long requestId,
            @Nullable String revision,
            @Nullable String failure)
            implements OpaObservation {}

    /** Of these requests to an agent nothing was told; the subject is the agent. Those that ask for no decision count too. */
    record OpaDecisionsMissing(String instance, long from, long to) implements OpaObservation {}

    /**
     * How an agent is, told when that changes; the subject is the agent.
     *
     * @param dropped decisions it did not tell of, by its own count
     * @param failure what keeps it from telling of decisions
     */
    record OpaReported(
            String instance,
            @Nullable String version,
            List<OpaBundle> bundles,
            long dropped,
            @Nullable String failure) implements OpaObservation {

        public OpaReported {
            bundles = List.copyOf(bundles);
        }
    }

    /** @param failure why the agent does not have the newest */
    record OpaBundle(
            String name,
            @Nullable String revision,
            @Nullable String failure) {}
}
