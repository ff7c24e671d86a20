package io.fjord.contract;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A wish as it travels: CloudEvents 1.0 attributes and ours.
 *
 * @param id UUIDv7, or a UUIDv5 of what makes a retry the same wish (Idempotency-Key; subject, generation, attempt)
 * @param type {@code fjord.<service>.<capability>.<Name>.v1}
 * @param source the service that wrote it to the log
 * @param actor id of who wished it: {@code user:…}, {@code service:…}, {@code platform}
 * @param correlationId the same for everything one request set off
 * @param causationId the message that led to this one
 * @param expectedVersion the version the caller has seen (If-Match), or null for any
 * @param traceparent W3C trace context
 * @param origin where it was wished, as far as rules may look at it
 */
public record CommandEnvelope<C>(
        String id,
        String type,
        String source,
        Instant time,
        Address subject,
        String actor,
        String correlationId,
        @Nullable String causationId,
        @Nullable Long expectedVersion,
        @Nullable String traceparent,
        Origin origin,
        C data) {

    /** Of Fjord's own making, or from where nothing is known. */
    public CommandEnvelope(
            String id,
            String type,
            String source,
            Instant time,
            Address subject,
            String actor,
            String correlationId,
            @Nullable String causationId,
            @Nullable Long expectedVersion,
            @Nullable String traceparent,
            C data) {
        this(
                id,
                type,
                source,
                time,
                subject,
                actor,
                correlationId,
                causationId,
                expectedVersion,
                traceparent,
                Origin.UNKNOWN,
                data);
    }

    public <D> CommandEnvelope<D> with(D other) {
        return new CommandEnvelope<>(
                id,
                type,
                source,
                time,
                subject,
                actor,
                correlationId,
                causationId,
                expectedVersion,
                traceparent,
                origin,
                other);
    }
}
