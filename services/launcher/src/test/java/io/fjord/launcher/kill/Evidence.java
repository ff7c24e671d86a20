package io.fjord.launcher.kill;

import io.fjord.contract.Position;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
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

    /**
     * Without what happened after a copy of the database was made and was forgotten when it was put back: the topic and the
     * record may still tell of that.
     */
    Evidence withoutTheFutureAfter(Position copied) {
        Predicate<@Nullable Position> forgotten =
                at -> at != null && at.epoch() == copied.epoch() && at.isAfter(copied);
        return new Evidence(
                service,
                calls.stream().map(History.Call::acknowledged).toList(),
                commands,
                journal,
                topic.stream().filter(fact -> !forgotten.test(fact.position())).toList(),
                audit.stream()
                        .map(line -> forgotten.test(line.position())
                                        && line.service().equals(service)
                                ? new Line(line.seq(), "forgotten", line.kind(), null, null, null)
                                : line)
                        .toList(),
                operations,
                rows,
                fold);
    }

    /** With what stood on the command topic before the broker forgot it. */
    Evidence withForgottenCommands(List<Sent> forgotten) {
        // Partitions of a topic of their own.
        Stream<Sent> before = forgotten.stream()
                .map(sent -> new Sent(-1 - sent.partition(), sent.offset(), sent.id(), sent.subject()));
        return new Evidence(
                service,
                calls,
                Stream.concat(before, commands.stream()).toList(),
                journal,
                topic,
                audit,
                operations,
                rows,
                fold);
    }
}
