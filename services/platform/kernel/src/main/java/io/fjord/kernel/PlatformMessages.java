package io.fjord.kernel;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.operation.OperationEvent;

/** The messages every service has: what becomes of commands that change nothing. */
public final class PlatformMessages {

    private PlatformMessages() {}

    public static MessageTypes types() {
        return new MessageTypes().add("platform", "operation", OperationEvent.class);
    }
}
