package io.fjord.controlpolicies.policy;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.controlpolicies.rule.Faults;
import io.fjord.platform.access.cel.Conditions;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Every no a policy command can meet. */
final class PolicyProblems {

    private static final Conditions CONDITIONS = Conditions.ofPolicies();

    private PolicyProblems() {}

    static Problem alreadyExists(Address policy) {
        return Problem.of(
                "policy-already-exists",
                409,
                "Policy already exists",
                "There is a policy called '" + policy.name() + "' in domain '" + policy.domain()
                        + "' already. Choose another name, or change that one.");
    }

    static Problem notFound(Address policy) {
        return Problem.of(
                "policy-not-found",
                404,
                "No such policy",
                "There is no policy called '" + policy.name() + "' in domain '" + policy.domain()
                        + "'. List them at /api/v1/policies?domain=" + policy.domain() + ".");
    }

    /** What is wrong with a policy, if anything is. */
    static Optional<Problem> of(
            String domain,
            List<String> subjects,
            List<String> actions,
            List<String> resources,
            @Nullable String condition) {
        Faults faults = new Faults().subjects(subjects).actions(actions).resources(domain, resources);
        return (condition == null ? faults : faults.condition("/condition", CONDITIONS, condition)).problem();
    }
}
