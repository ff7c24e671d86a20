package io.fjord.contract;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A fact as it travels: CloudEvents 1.0 attributes and ours. With {@code E} = {@code byte[]} or String the data is its JSON.
 *
 * @param id UUIDv7
 * @param type {@code fjord.<service>.<capability>.<Name>.v1}
 * @param source the service whose journal holds it
 * @param time never before the time of the event at an earlier position of the same journal
 * @param position where it stands in that journal
 * @param version the subject's version after it; null where the subject did not change
 * @param commandId the command it came of; null for synchronous actions
 * @param outcome on the last event of a command: what became of it
 * @param commandDigest on the last event of a command: SHA-256 (hex) of what was wished, to tell a retry from another wish
 * @param clearance on the last event of a command: what those said who may refuse it
 */
public record EventEnvelope<E>(
        String id,
        String type,
        String source,
        Instant time,
        Address subject,
        Position position,
        @Nullable Long version,
        String actor,
        String correlationId,
        @Nullable String causationId,
        @Nullable String commandId,
        @Nullable Outcome outcome,
        @Nullable String commandDigest,
        @Nullable String traceparent,
        Clearance clearance,
        E data) {

    /** Of what nobody was asked about. */
    public EventEnvelope(
            String id,
            String type,
            String source,
            Instant time,
            Address subject,
            Position position,
            @Nullable Long version,
            String actor,
            String correlationId,
            @Nullable String causationId,
            @Nullable String commandId,
            @Nullable Outcome outcome,
            @Nullable String commandDigest,
            @Nullable String traceparent,
            E data) {
        this(
                id,
                type,
                source,
                time,
                subject,
                position,
                version,
                actor,
                correlationId,
                causationId,
                commandId,
                outcome,
                commandDigest,
                traceparent,
                Clearance.NONE,
                data);
    }

    public <D> EventEnvelope<D> with(D other) {
        return new EventEnvelope<>(
                id,
                type,
                source,
                time,
                subject,
                position,
                version,
                actor,
                correlationId,
                causationId,
                commandId,
                outcome,
                commandDigest,
                traceparent,
                clearance,
                other);
    }
}
