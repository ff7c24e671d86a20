package io.fjord.platform.access;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Denials;
import io.fjord.kernel.Guard;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Asks once more whether the actor of a command may, with what is known of grants and policies now: a grant taken away while the
 * command was on its way counts.
 */
public final class CommandGuard implements Guard {

    private static final String OPERATOR = "user:operator";
    private static final String SERVICE = "service:";
    private static final String PLATFORM = "platform";
    private static final long PATIENCE_SECONDS = 60;

    private final Access access;
    private final Supplier<Future<Void>> known;
    private final Denials denials;

    /** @param known completes when the grants and policies are known: nobody is refused only because they are not yet */
    public CommandGuard(Access access, Supplier<Future<Void>> known, Denials denials) {
        this.access = access;
        this.known = known;
        this.denials = denials;
    }

    @Override
    public Future<Optional<Problem>> check(CommandEnvelope<byte[]> command) {
        String actor = command.actor();
        Optional<String> action = CommandActions.of(command.type());
        if (actor.equals(OPERATOR)) {
            return Future.succeededFuture(Optional.empty());
        }
        if (action.isEmpty()) {
            // Of an unknown type: the handler says that it cannot be read. Of a known one: a mistake, and no way round
            // it.
            return refused(command, command.type(), "no action is known for this command");
        }
        if (actor.equals(PLATFORM) || actor.startsWith(SERVICE)) {
            return action.get().equals(CommandActions.OF_SERVICES) || isOwn(actor, command.type())
                    ? Future.succeededFuture(Optional.empty())
                    : refused(command, action.get(), "services report and keep deadlines; they wish nothing else");
        }
        if (action.get().equals(CommandActions.OF_SERVICES)) {
            return refused(command, "service:report", "only Fjord's own services report and keep deadlines");
        }
        Future<Void> rules = known.get();
        return rules.isComplete()
                ? Future.succeededFuture(decided(command, action.get()))
                : rules.timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                        .transform(done -> Future.succeededFuture(decided(command, action.get())));
    }

    private Optional<Problem> decided(CommandEnvelope<byte[]> command, String action) {
        AccessRequest request = new AccessRequest(command.actor(), action, command.subject(), context(command));
        if (isOnesOwnToken(command)) {
            return Optional.empty();
        }
        AccessDecision decision = access.decide(request);
        return decision.allowed() ? Optional.empty() : Optional.of(denied(request, decision));
    }

    /** Everybody may make tokens for themselves, and end them; which are theirs, iam has looked up. */
    private static boolean isOnesOwnToken(CommandEnvelope<byte[]> command) {
        if (!command.subject().kind().equals("token")) {
            return false;
        }
        JsonNode data = data(command);
        return !data.has("owner") || data.path("owner").asText().equals(command.actor());
    }

    /** Where it was wished, and the command's fields. */
    private static Map<String, Object> context(CommandEnvelope<byte[]> command) {
        Map<String, Object> fields = new HashMap<>();
        data(command).properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (value.isTextual()) {
                fields.put(field.getKey(), value.textValue());
            } else if (value.isIntegralNumber()) {
                fields.put(field.getKey(), value.longValue());
            } else if (value.isBoolean()) {
                fields.put(field.getKey(), value.booleanValue());
            }
        });
        Map<String, Object> context = CommandContext.of(command);
        context.put("command", fields);
        return context;
    }

    private static JsonNode data(CommandEnvelope<byte[]> command) {
        try {
            return Json.MAPPER.readTree(command.data());
        } catch (IOException e) {
            return Json.MAPPER.createObjectNode();
        }
    }

    private static boolean isOwn(String actor, String type) {
        return actor.startsWith(SERVICE) && type.startsWith("fjord." + actor.substring(SERVICE.length()) + ".");
    }

    private Future<Optional<Problem>> refused(CommandEnvelope<byte[]> command, String action, String why) {
        AccessRequest request = AccessRequest.of(command.actor(), action, command.subject());
        return Future.succeededFuture(Optional.of(denied(request, new AccessDecision(false, why, List.of(), ""))));
    }

    private Problem denied(AccessRequest request, AccessDecision decision) {
        String id = denials.denied(request, decision);
        return Problem.of(
                "access-denied",
                403,
                "You may not do this",
                request.actor() + " may not " + request.action() + " on " + request.resource() + " (decision " + id
                        + (decision.policyPosition().isEmpty() ? "" : ", at " + decision.policyPosition())
                        + "). Ask an owner of domain '" + request.resource().domain()
                        + "' for a grant. GET /api/v1/decisions/" + id + " tells why.");
    }
}
