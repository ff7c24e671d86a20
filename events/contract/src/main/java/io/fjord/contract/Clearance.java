package io.fjord.contract;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.contract.controlpolicies.guardrail.GuardrailMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * With what a command came past those who may refuse it.
 *
 * @param policyPosition how far grants and policies were known, as {@code control-policies=1:3,iam=1:12}; null where none were asked
 * @param warnings of guardrails that warn
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Clearance(@Nullable String policyPosition, List<Warning> warnings) {

    public static final Clearance NONE = new Clearance(null, List.of());

    /** What a guardrail says that did not refuse. */
    public record Warning(String guardrail, GuardrailMode mode, String message) {}

    public Clearance {
        warnings = List.copyOf(warnings);
    }
}
