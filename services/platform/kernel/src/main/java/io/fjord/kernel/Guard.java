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
}
