package io.fjord.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import io.fjord.contract.Clearance;
import io.fjord.contract.Origin;
import io.fjord.contract.Position;
import io.fjord.platform.sql.PersonalData;
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
 * @param origin of an attempt: where it was wished
 * @param clearance on an outcome: with what the command came past those who may refuse it
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
        @JsonRawValue String data,
        @Nullable Origin origin,
        @Nullable Clearance clearance) {

    Entry withSeq(long other) {
        return copy(other, data, origin, clearance);
    }

    /** What of it may say something of a person. */
    PersonalData.Said said() {
        return new PersonalData.Said(type, subject, actor, data, origin == null ? null : origin.address());
    }

    Entry saying(PersonalData.Said other) {
        return copy(
                seq,
                other.data(),
                origin == null ? null : new Origin(other.address(), origin.purpose(), origin.token()),
                clearance);
    }

    /** Of what came from nowhere we know, and of what nobody was asked about. */
    Entry(
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
            String data) {
        this(
                seq,
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
                data,
                null,
                null);
    }

    Entry from(Origin other) {
        return copy(seq, data, other.equals(Origin.UNKNOWN) ? null : other, clearance);
    }

    Entry with(Clearance other) {
        return copy(seq, data, origin, other.equals(Clearance.NONE) ? null : other);
    }

    private Entry copy(
            long otherSeq, String otherData, @Nullable Origin otherOrigin, @Nullable Clearance otherClearance) {
        return new Entry(
                otherSeq,
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
                otherData,
                otherOrigin,
                otherClearance);
    }

    static final String ATTEMPT = "attempt";
    static final String EVENT = "event";
    static final String OUTCOME = "outcome";
    static final String OBSERVATION = "observation";
}
