package io.fjord.kernel;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import org.jspecify.annotations.Nullable;

/**
 * A command at its offset, as the handler gets it.
 *
 * @param command the command, or null if the record cannot be read
 * @param unreadable why it cannot be read: it is in the dead letters already
 */
public record CommandRecord(
        long offset,
        @Nullable CommandEnvelope<byte[]> command,
        @Nullable Problem unreadable) {

    public static CommandRecord of(long offset, CommandEnvelope<byte[]> command) {
        return new CommandRecord(offset, command, null);
    }
}
