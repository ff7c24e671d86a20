package io.fjord.platform.access.opa;

import io.fjord.codec.Json;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Denials;
import io.fjord.kernel.Guard;
import io.fjord.platform.access.CommandActions;
import io.fjord.platform.access.CommandContext;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Clock;
import java.util.HashMap;
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
        Optional<String> action =
                CommandActions.of(command.type()).filter(known -> !known.equals(CommandActions.OF_SERVICES));
        if (action.isEmpty()) {
            return Future.succeededFuture(Optional.empty());
        }
        Map<String, Object> context = CommandContext.of(command);
        context.put("command", fields(command));
        AccessRequest request = new AccessRequest(command.actor(), action.get(), command.subject(), context);
        return opa.data(ALLOW, input(request))
                .map(answer -> answer.isPresent() && answer.get().asBoolean(false)
                        ? Optional.<Problem>empty()
                        : Optional.of(denied(request, "the Open Policy Agent does not allow it")))
                .otherwise(failure ->
                        Optional.of(denied(request, "the Open Policy Agent does not answer, and nobody else decides")));
    }

    private Map<String, Object> input(AccessRequest request) {
        Map<String, Object> context = new HashMap<>(request.context());
        context.put("time", clock.instant());
        return Map.of(
                "actor", request.actor(),
                "action", request.action(),
                "resource",
                        Map.of(
                                "domain", request.resource().domain(),
                                "kind", request.resource().kind(),
                                "name", request.resource().name()),
                "context", context);
    }

    private static Map<?, ?> fields(CommandEnvelope<byte[]> command) {
        try {
            Map<?, ?> data = Json.MAPPER.readValue(command.data(), Map.class);
            return data == null ? Map.of() : data;
        } catch (IOException e) {
            return Map.of();
        }
    }

    private Problem denied(AccessRequest request, String why) {
        String id = denials.denied(request, new AccessDecision(false, why, List.of(), ""));
        return Problem.of(
                "access-denied",
                403,
                "You may not do this",
                request.actor() + " may not " + request.action() + " on " + request.resource() + ": " + why
                        + " (decision " + id + "). GET /api/v1/decisions/" + id + " tells more.");
    }
}
