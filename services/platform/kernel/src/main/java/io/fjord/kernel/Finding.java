package io.fjord.kernel;

import io.fjord.contract.Clearance;
import io.fjord.contract.Clearance.Warning;
import io.fjord.contract.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a guard finds of a command.
 *
 * @param refusal the problem of one that must not be decided
 * @param clearance what is remembered of it beside its outcome
 */
public record Finding(Optional<Problem> refusal, Clearance clearance) {

    public static final Finding FINE = new Finding(Optional.empty(), Clearance.NONE);

    public static Finding of(Optional<Problem> refusal) {
        return refusal.isEmpty() ? FINE : new Finding(refusal, Clearance.NONE);
    }

    public Finding at(@Nullable String policyPosition) {
        return new Finding(refusal, new Clearance(policyPosition, clearance.warnings()));
    }

    /** What another found, after this one. */
    Finding and(Finding other) {
        if (other.equals(FINE)) {
            return this;
        }
        List<Warning> warnings = new ArrayList<>(clearance.warnings());
        warnings.addAll(other.clearance.warnings());
        return new Finding(
                refusal.or(other::refusal),
                new Clearance(
                        clearance.policyPosition() == null
                                ? other.clearance.policyPosition()
                                : clearance.policyPosition(),
                        warnings));
    }
}
