package io.fjord.kernel;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * Says no to commands before they are decided: authorization, guardrails. Evaluated before the transaction opens, on local
 * projections; a guard that cannot be evaluated refuses.
 */
public interface Guard {

    /** @return the problem of a command that must not be decided */
    Future<Optional<Problem>> check(CommandEnvelope<byte[]> command);

    /**
     * The same, with what is to be remembered of it.
     *
     * @param rehearsal whether it is only asked what would be said: nobody is told of it then
     */
    default Future<Finding> examine(CommandEnvelope<byte[]> command, boolean rehearsal) {
        return check(command).map(Finding::of);
    }
}
