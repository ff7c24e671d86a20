package io.fjord.kernel;

import io.fjord.contract.Address;
import io.fjord.contract.Clearance;
import io.fjord.contract.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * An event about to enter the journal, which gives it its position and time; the other fields are those of
 * {@link io.fjord.contract.EventEnvelope}.
 *
 * @param data JSON
 */
public record NewEvent(
        String id,
        String type,
        Address subject,
        @Nullable Long version,
        String actor,
        String correlationId,
        @Nullable String causationId,
        @Nullable String commandId,
        @Nullable Outcome outcome,
        @Nullable String commandDigest,
        @Nullable String traceparent,
        Clearance clearance,
        String data) {

    /** Of what nobody was asked about. */
    public NewEvent(
            String id,
            String type,
            Address subject,
            @Nullable Long version,
            String actor,
            String correlationId,
            @Nullable String causationId,
            @Nullable String commandId,
            @Nullable Outcome outcome,
            @Nullable String commandDigest,
            @Nullable String traceparent,
            String data) {
        this(
                id,
                type,
                subject,
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

    public NewEvent withData(String other) {
        return new NewEvent(
                id,
                type,
                subject,
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
