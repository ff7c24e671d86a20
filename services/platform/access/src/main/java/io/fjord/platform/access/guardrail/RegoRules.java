package io.fjord.platform.access.guardrail;

import io.fjord.contract.Address;
import io.vertx.core.Future;
import java.util.Map;

/** Evaluates guardrails written in Rego, which takes an Open Policy Agent. */
@FunctionalInterface
public interface RegoRules {

    /**
     * @param rego what the guardrail says
     * @return whether the command passes; fails if that cannot be found out
     */
    Future<Boolean> passes(Address guardrail, String rego, Map<String, Object> input);

    /** Where {@code FJORD_OPA} is not set. */
    static RegoRules none() {
        return (guardrail, rego, input) -> Future.failedFuture(
                new IllegalStateException("it is written in Rego, and FJORD_OPA names no OPA to ask"));
    }
}
