package io.fjord.cdc;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import java.util.List;
import java.util.Optional;

/** The journals as a feed asks them: where the truth is, however well the stream runs. */
interface JournalSource {

    /** What the service's counter says: the position of the last event committed. */
    Position end(String service);

    Optional<String> idAt(String service, Position position);

    /** The next events in order; none means that was the end. */
    List<EventEnvelope<byte[]>> after(String service, Position position, int limit);

    /** Thrown by all of them while the database cannot be asked. */
    final class JournalUnreachable extends RuntimeException {

        private static final long serialVersionUID = 1L;

        JournalUnreachable(Exception cause) {
            super("The journals cannot be read: " + cause.getMessage(), cause);
        }
    }
}
