package io.fjord.launcher.kill;

import io.fjord.contract.Position;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that can be known of a service after the fact, from the clients to the record.
 *
 * @param service whose it is
 * @param commands the records of the command topic, by partition and offset
 * @param journal in order
 * @param topic the records of the event topic, in order
 * @param audit the record of all services, oldest first
 * @param operations outcome by command; a pending one is {@code pending}
 * @param rows what a list shows
 * @param fold the same list, folded from the journal
 */
record Evidence(
        String service,
        List<History.Call> calls,
        List<Sent> commands,
        List<Fact> journal,
        List<Fact> topic,
        List<Line> audit,
        Map<String, String> operations,
        String rows,
        String fold) {

    /** A command as it stands on its topic. */
    record Sent(int partition, long offset, String id, String subject) {}

    /** An event, in the journal or on the topic. */
    record Fact(
            Position position,
            String id,
            String type,
            String subject,
            @Nullable Long version,
            @Nullable String commandId,
            @Nullable String outcome) {}

    /** A line of the audit record. */
    record Line(
            long seq,
            String service,
            String kind,
            @Nullable String commandId,
            @Nullable Position position,
            @Nullable String outcome) {}
}
