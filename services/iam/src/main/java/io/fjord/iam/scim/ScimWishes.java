package io.fjord.iam.scim;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.contract.operation.OperationEvent.CommandRejected;
import io.fjord.iam.IamVerticle;
import io.fjord.iam.Parts;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one SCIM request wishes, as commands one after the other: SCIM answers with the outcome, so each is waited for. Each demands
 * the version the one before left, so nothing of others comes in between unseen.
 */
final class ScimWishes {

    private static final int PATIENCE_SECONDS = 20;

    private final Parts parts;

    ScimWishes(Parts parts) {
        this.parts = parts;
    }

    /**
     * @param expected the version the first of them demands; null for any
     * @return where the journal stands after the last of them
     */
    Future<Position> send(Call call, Address subject, List<Object> commands, @Nullable Long expected) {
        Future<EventEnvelope<String>> last = send(call, subject, commands.get(0), 0, expected);
        for (int i = 1; i < commands.size(); i++) {
            int number = i;
            last = last.compose(before -> send(call, subject, commands.get(number), number, before.version()));
        }
        return last.map(event -> event.position());
    }

    private Future<EventEnvelope<String>> send(
            Call call, Address subject, Object command, int number, @Nullable Long expected) {
        String id = Ids.of("scim", call.commandId(), String.valueOf(number), String.valueOf(expected));
        CommandEnvelope<byte[]> envelope = new CommandEnvelope<>(
                id,
                parts.types().typeOf(command),
                IamVerticle.SERVICE,
                Instant.now(),
                subject,
                call.actor(),
                call.correlationId(),
                null,
                expected,
                call.traceparent(),
                call.origin(),
                Json.bytes(command));
        return parts.log()
                .append(IamVerticle.SERVICE, envelope)
                .compose(place -> parts.reads()
                        .eventually(
                                PATIENCE_SECONDS,
                                () -> parts.metastore().outcome(id).map(found -> found.isPresent())))
                .compose(decided -> parts.metastore().outcome(id))
                .map(found -> accepted(found.orElseThrow(() -> HttpProblems.serviceLost(IamVerticle.SERVICE))));
    }

    private static EventEnvelope<String> accepted(EventEnvelope<String> event) {
        if (event.outcome() == Outcome.REJECTED) {
            throw new ProblemException(
                    Json.read(event.data(), CommandRejected.class).problem());
        }
        return event;
    }
}
