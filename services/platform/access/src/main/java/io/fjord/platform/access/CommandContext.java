package io.fjord.platform.access;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Origin;
import java.util.HashMap;
import java.util.Map;

/** What rules may look at of where a command was wished: {@code context.address} and {@code context.purpose}, as at the door. */
public final class CommandContext {

    private CommandContext() {}

    /** What is not known is not there: a rule that looks at it cannot be evaluated. */
    public static Map<String, Object> of(CommandEnvelope<?> command) {
        Map<String, Object> context = new HashMap<>();
        Origin origin = command.origin();
        if (origin.address() != null) {
            context.put("address", origin.address());
        }
        if (origin.purpose() != null) {
            context.put("purpose", origin.purpose());
        }
        return context;
    }
}
