package io.fjord.platform.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.codec.Json;
import io.fjord.contract.Clearance.Warning;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.operation.OperationEvent.CommandHadNoEffect;
import io.fjord.contract.operation.OperationEvent.CommandRejected;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The progress of one command as the API shows it.
 *
 * @param state {@code pending}, {@code done} or {@code rejected}
 * @param command its type on the wire; null where only the outcome is known
 * @param outcome null while it is pending
 * @param reason why there was nothing to change
 * @param policyPosition how far grants and policies were known when it was decided
 * @param warnings of guardrails; null for none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Operation(
        String id,
        String state,
        String domain,
        String subject,
        @Nullable String command,
        String actor,
        String correlationId,
        @Nullable String outcome,
        @Nullable Position position,
        @Nullable Instant decidedAt,
        @Nullable String reason,
        @Nullable Problem problem,
        @Nullable String policyPosition,
        @Nullable List<Warning> warnings) {

    public static Operation pending(CommandEnvelope<?> command) {
        return new Operation(
                command.id(),
                "pending",
                command.subject().domain(),
                command.subject().toString(),
                command.type(),
                command.actor(),
                command.correlationId(),
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /** @param event the last event of a command, which carries its outcome */
    public static Operation decided(EventEnvelope<String> event, @Nullable String command) {
        Outcome outcome = event.outcome();
        if (outcome == null || event.commandId() == null) {
            throw new IllegalArgumentException(event.type() + " at " + event.position() + " carries no outcome");
        }
        return new Operation(
                event.commandId(),
                outcome == Outcome.REJECTED ? "rejected" : "done",
                event.subject().domain(),
                event.subject().toString(),
                command,
                event.actor(),
                event.correlationId(),
                outcome.wire(),
                event.position(),
                event.time(),
                outcome == Outcome.NO_EFFECT
                        ? Json.read(event.data(), CommandHadNoEffect.class).reason()
                        : null,
                outcome == Outcome.REJECTED
                        ? Json.read(event.data(), CommandRejected.class).problem()
                        : null,
                event.clearance().policyPosition(),
                event.clearance().warnings().isEmpty()
                        ? null
                        : event.clearance().warnings());
    }
}
