package io.fjord.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import io.fjord.contract.Position;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One line of the record.
 *
 * @param seq its place in the record: dense, in the order it was recorded
 * @param kind {@code attempt}: a command was sent; {@code event}: something happened; {@code outcome}: the event that ends a
 *     command; {@code observation}: something was seen that nobody decided, a login for instance
 * @param time when it was wished, or happened
 * @param outcome of the command: on an outcome its own, on an attempt that of the outcome once it is there
 * @param outcomeSeq on an attempt: where its outcome stands in the record
 * @param position of an event in its service's journal
 * @param data what was wished or happened, as JSON
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Entry(
        long seq,
        String kind,
        String service,
        String type,
        String subject,
        String domain,
        String actor,
        Instant time,
        String correlationId,
        @Nullable String causationId,
        @Nullable String commandId,
        @Nullable String outcome,
        @Nullable Long outcomeSeq,
        @Nullable Position position,
        @JsonRawValue String data) {

    Entry withSeq(long other) {
        return new Entry(
                other,
                kind,
                service,
                type,
                subject,
                domain,
                actor,
                time,
                correlationId,
                causationId,
                commandId,
                outcome,
                outcomeSeq,
                position,
                data);
    }

    static final String ATTEMPT = "attempt";
    static final String EVENT = "event";
    static final String OUTCOME = "outcome";
    static final String OBSERVATION = "observation";
}
