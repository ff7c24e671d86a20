package io.fjord.kernel;

import io.fjord.contract.CommandEnvelope;
import io.vertx.core.Future;
import java.time.Duration;

/** The door of a command topic: what was appended is durable. */
public interface CommandLog {

    /**
     * Appends with acks=all to the topic of the service that owns the type.
     *
     * @param service the owner of the command
     * @return where it stands; fails with {@link NotAcknowledged} if that is not known
     */
    Future<Appended> append(String service, CommandEnvelope<byte[]> command);

    record Appended(int partition, long offset) {}

    /** The broker did not answer in time: the command may or may not be on the log. Safe to retry with the same id. */
    final class NotAcknowledged extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final Duration retryAfter;

        public NotAcknowledged(Duration retryAfter, Throwable cause) {
            super("The command log did not answer", cause);
            this.retryAfter = retryAfter;
        }

        public Duration retryAfter() {
            return retryAfter;
        }
    }
}
