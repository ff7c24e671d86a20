package io.fjord.kernel;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel needs of one service's database: transactions, and the tables every service has (command offsets, inbox,
 * journal, counter, quotas, deadlines).
 *
 * <p>Lock order inside a transaction: offset row, shared rows sorted, own rows sorted, counter last.
 */
public interface Metastore {

    String service();

    /** READ COMMITTED; commits when the work succeeds, else rolls back and fails with the work's failure. */
    <T> Future<T> transaction(Function<Tx, Future<T>> work);

    /**
     * Reads rows and the journal's end in one snapshot; writes nothing.
     *
     * @return what the work found, and the position it is true at
     */
    <T> Future<At<T>> snapshot(Function<Tx, Future<T>> work);

    record At<T>(T value, Position position) {}

    // Command offsets

    /** Locks the partition's offset row (made if absent) and reads the next offset to handle. */
    Future<Long> lockOffset(Tx tx, Partition partition);

    Future<Void> writeOffset(Tx tx, Partition partition, long next);

    /** The next offset to handle, without a lock; 0 for a partition nobody has handled. */
    Future<Long> offset(Partition partition);

    /**
     * The same for a topic that may have been made anew: what was handled of another topic of that name says nothing of this
     * one, so its row starts again at 0.
     *
     * @param topicId what the broker calls the topic
     */
    Future<Long> offset(Partition partition, String topicId);

    // Inbox: seven days of command ids

    /** The digests of those of these commands that were acted on before, by id. */
    Future<Map<String, String>> handled(Tx tx, Collection<String> commandIds);

    /** Digests by command id. */
    Future<Void> remember(Tx tx, Map<String, String> digests, Instant now);

    // Quotas

    /** Locks the shared rows of these domains in order. A domain without rows has no limits. */
    Future<Map<String, Quota>> lockQuotas(Tx tx, Collection<String> domains);

    Future<Void> saveQuotas(Tx tx, Collection<Quota> quotas);

    // Unique names

    /** Locks the shared rows of those of these names that somebody holds, in order. */
    Future<Names> lockNames(Tx tx, Collection<String> names);

    /**
     * Gives names back, then takes others.
     *
     * @param released names by who holds them so far
     * @param taken names by who holds them from now on
     * @return fails with {@link VersionConflict} if somebody else has taken one meanwhile
     */
    Future<Void> saveNames(Tx tx, Map<String, Address> released, Map<String, Address> taken);

    // Deadlines

    /** Sets (or, where {@code due} is null, clears) the deadlines of subjects. */
    Future<Void> saveDeadlines(Tx tx, List<DeadlineRow> rows);

    /**
     * @param commandType wire type of the command to send
     * @param commandData its JSON
     * @param version the subject's version that set it: part of the deterministic id of the command
     */
    record DeadlineRow(
            Address subject,
            String name,
            @Nullable Instant due,
            long version,
            String commandType,
            String commandData) {}

    /** Deadlines due at or before that time, earliest first. */
    Future<List<DeadlineRow>> dueDeadlines(Instant until, int limit);

    Future<Optional<Instant>> nextDeadline();

    // Journal

    /**
     * Takes the counter row, gives the events the next positions and a time not before the last one's, and writes them.
     * Must be the last thing in the transaction; at most once in each.
     *
     * @return the position of the last event
     */
    Future<Position> append(Tx tx, List<NewEvent> events, Instant now);

    /** The position of the last event committed. */
    Future<Position> position();

    /**
     * Completes once reads see the event of that position. Change capture tells of a commit when it is in the database's log, which
     * is a moment before others see it: who reads rows because of an event waits for this first.
     */
    default Future<Void> shows(Position position) {
        return Future.succeededFuture();
    }

    /** Events after that position in order; data is JSON text. */
    Future<List<EventEnvelope<String>>> journal(Position after, int limit);

    /** The events that changed a subject up to a position (null: up to the end), in order. */
    Future<List<EventEnvelope<String>>> history(Address subject, @Nullable Position upTo);

    /** Events of this journal with what they say of people in plain words; as they stand there it is encrypted. */
    default Future<List<EventEnvelope<String>>> opened(List<EventEnvelope<String>> events) {
        return Future.succeededFuture(events);
    }

    /** The last position at or before that time. */
    Future<Position> positionAt(Instant time);

    /** The event that carries the outcome of a command. */
    Future<Optional<EventEnvelope<String>>> outcome(String commandId);

    /** Whether waiting and trying again can help: connection lost, deadlock, lock time-out, disk full. */
    boolean isTransient(Throwable failure);
}
