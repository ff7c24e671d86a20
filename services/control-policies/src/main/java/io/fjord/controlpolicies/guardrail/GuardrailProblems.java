package io.fjord.controlpolicies.guardrail;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.controlpolicies.guardrail.GuardrailLanguage;
import io.fjord.controlpolicies.rule.Faults;
import io.fjord.platform.access.cel.Conditions;
import java.util.List;
import java.util.Optional;

/** Every no a guardrail command can meet. */
final class GuardrailProblems {

    private static final Conditions CONDITIONS = Conditions.ofGuardrails();

    private GuardrailProblems() {}

    static Problem alreadyExists(Address guardrail) {
        return Problem.of(
                "guardrail-already-exists",
                409,
                "Guardrail already exists",
                "There is a guardrail called '" + guardrail.name() + "' in domain '" + guardrail.domain()
                        + "' already. Choose another name, or change that one.");
    }

    static Problem notFound(Address guardrail) {
        return Problem.of(
                "guardrail-not-found",
                404,
                "No such guardrail",
                "There is no guardrail called '" + guardrail.name() + "' in domain '" + guardrail.domain()
                        + "'. List them at /api/v1/guardrails?domain=" + guardrail.domain() + ".");
    }

    static Problem regoNeedsOpa() {
        return Problem.of(
                "rego-not-available",
                422,
                "Rego needs an Open Policy Agent",
                "This guardrail is written in Rego, and no OPA is set to evaluate it. Set FJORD_OPA to the address of one"
                        + " (for instance http://127.0.0.1:8181) and restart, or write the guardrail in CEL, which works"
                        + " everywhere.");
    }

    static Problem badRego(String fault) {
        return Faults.problem(List.of(new Problem.Fault("/expression", fault)));
    }

    /** What is wrong with a guardrail, if anything is; of Rego, an OPA alone can say. */
    static Optional<Problem> of(List<String> commandTypes, GuardrailLanguage language, String expression) {
        Faults faults = new Faults().commandTypes(commandTypes);
        return (language == GuardrailLanguage.CEL ? faults.condition("/expression", CONDITIONS, expression) : faults)
                .problem();
    }
}
