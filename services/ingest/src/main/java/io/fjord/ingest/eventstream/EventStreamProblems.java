package io.fjord.ingest.eventstream;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.ingest.eventstream.ProducerQuota;
import io.fjord.contract.ingest.eventstream.StreamSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Every no a command about an event stream can meet. */
public final class EventStreamProblems {

    private static final int MOST_PARTITIONS = 256;
    private static final int LONGEST_RETENTION = 24 * 366 * 10;
    private static final int LONGEST_WINDOW = 24 * 60;
    private static final Pattern POINTER = Pattern.compile("(/([^~/]|~0|~1)+){1,16}");
    private static final Pattern TABLE = Pattern.compile("[^.\\s]{1,128}(\\.[^.\\s]{1,128}){2,8}");

    private EventStreamProblems() {}

    static Problem alreadyExists(Address stream) {
        return Problem.of(
                "event-stream-already-exists",
                409,
                "Event stream already exists",
                "There is an event stream called '" + stream.name() + "' in domain '" + stream.domain()
                        + "' already. Choose another name, or change that one.");
    }

    public static Problem notFound(Address stream) {
        return Problem.of(
                "event-stream-not-found",
                404,
                "No such event stream",
                "There is no event stream called '" + stream.name() + "' in domain '" + stream.domain()
                        + "'. List them at /api/v1/event-streams?domain=" + stream.domain() + ".");
    }

    /** It was made by now, or cannot be. */
    public static Problem notReady(Address stream, StreamPhase phase) {
        return Problem.of(
                "event-stream-not-ready",
                phase == StreamPhase.FAILED ? 409 : 503,
                "The event stream takes no events yet",
                phase == StreamPhase.FAILED
                        ? "The topics of '" + stream.name() + "' could not be made. Read /api/v1/event-streams/"
                                + stream.name() + " for the reason, and change the stream."
                        : "The topics of '" + stream.name()
                                + "' are being made. Try again after the time in Retry-After.");
    }

    static Problem fewerPartitions(int there) {
        return Problem.of(
                "event-stream-partitions-kept",
                409,
                "Partitions can only become more",
                "It has " + there + " partitions; events lie in them. Say " + there
                        + " or more, or create another stream.");
    }

    /** All that is wrong with the settings, if anything is. */
    static Optional<Problem> of(StreamSettings settings) {
        List<Fault> faults = new ArrayList<>();
        check(
                within(settings.partitions(), 1, MOST_PARTITIONS),
                "partitions",
                "must be 1 to " + MOST_PARTITIONS,
                faults);
        check(
                within(settings.retentionHours(), 1, LONGEST_RETENTION),
                "retentionHours",
                "must be 1 to " + LONGEST_RETENTION,
                faults);
        check(
                within(settings.deduplicationMinutes(), 0, LONGEST_WINDOW),
                "deduplicationMinutes",
                "must be 0 to " + LONGEST_WINDOW,
                faults);
        check(
                settings.key() == null || POINTER.matcher(settings.key()).matches(),
                "key",
                "must be a JSON pointer to a field, as /orderId",
                faults);
        check(
                settings.table() == null || TABLE.matcher(settings.table()).matches(),
                "table",
                "must be catalog.namespace.table",
                faults);
        check(
                settings.schema() == null || settings.schema().version() > 0,
                "schema/version",
                "must be 1 or more",
                faults);
        ProducerQuota quota = settings.quota();
        if (quota != null) {
            Long events = quota.eventsPerSecond();
            Long bytes = quota.bytesPerSecond();
            check(events == null || events > 0, "quota/eventsPerSecond", "must be 1 or more", faults);
            check(bytes == null || bytes > 0, "quota/bytesPerSecond", "must be 1 or more", faults);
        }
        return faults.isEmpty()
                ? Optional.empty()
                : Optional.of(Problem.of(
                                "event-stream-invalid",
                                422,
                                "The event stream cannot be so",
                                "What is wrong stands under errors. Correct it and send it again; nothing was changed.")
                        .withFaults(faults));
    }

    private static boolean within(int value, int least, int most) {
        return value >= least && value <= most;
    }

    private static void check(boolean right, String field, String must, List<Fault> faults) {
        if (!right) {
            faults.add(new Fault("/" + field, must));
        }
    }
}
