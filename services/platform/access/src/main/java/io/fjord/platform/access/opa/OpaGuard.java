package io.fjord.platform.access.opa;

import io.fjord.codec.Json;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Denials;
import io.fjord.kernel.Finding;
import io.fjord.kernel.Guard;
import io.fjord.platform.access.AssetRights;
import io.fjord.platform.access.CommandActions;
import io.fjord.platform.access.CommandContext;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lets an Open Policy Agent decide, too, whether the actor of a command may: with Fjord's bundle it says what Fjord says, with
 * policies of its own it may say no more often. One that does not answer refuses.
 */
public final class OpaGuard implements Guard {

    private static final String ALLOW = "fjord/allow";

    private final OpaClient opa;
    private final Clock clock;
    private final Denials denials;

    public OpaGuard(OpaClient opa, Clock clock, Denials denials) {
        this.opa = opa;
        this.clock = clock;
        this.denials = denials;
    }

    @Override
    public Future<Optional<Problem>> check(CommandEnvelope<byte[]> command) {
        return examine(command, false).map(Finding::refusal);
    }

    @Override
    public Future<Finding> examine(CommandEnvelope<byte[]> command, boolean rehearsal) {
        Optional<String> action =
                CommandActions.of(command.type()).filter(known -> !known.equals(CommandActions.OF_SERVICES));
        if (action.isEmpty()) {
            return Future.succeededFuture(Finding.FINE);
        }
        Map<String, Object> context = CommandContext.of(command);
        context.put("command", fields(command));
        AccessRequest request =
                AssetRights.followed(new AccessRequest(command.actor(), action.get(), command.subject(), context));
        return opa.data(ALLOW, OpaQuestions.input(request, clock.instant()))
                .map(answer -> answer.isPresent() && answer.get().asBoolean(false)
                        ? Finding.FINE
                        : refused(request, "the Open Policy Agent does not allow it", rehearsal))
                .otherwise(failure ->
                        refused(request, "the Open Policy Agent does not answer, and nobody else decides", rehearsal));
    }

    private static Map<?, ?> fields(CommandEnvelope<byte[]> command) {
        try {
            Map<?, ?> data = Json.MAPPER.readValue(command.data(), Map.class);
            return data == null ? Map.of() : data;
        } catch (IOException e) {
            return Map.of();
        }
    }

    /** Of a rehearsal nobody is told. */
    private Finding refused(AccessRequest request, String why, boolean rehearsal) {
        String told = request.actor() + " may not " + request.action() + " on " + request.resource() + ": " + why;
        if (!rehearsal) {
            String id = denials.denied(request, new AccessDecision(false, why, List.of(), ""));
            told += " (decision " + id + "). GET /api/v1/decisions/" + id + " tells more.";
        }
        return Finding.of(Optional.of(Problem.of("access-denied", 403, "You may not do this", told)));
    }
}
