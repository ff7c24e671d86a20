package io.fjord.platform.access;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Denials;
import io.fjord.kernel.Finding;
import io.fjord.kernel.Guard;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
        return examine(command, false).map(Finding::refusal);
    }

    @Override
    public Future<Finding> examine(CommandEnvelope<byte[]> command, boolean rehearsal) {
        String actor = command.actor();
        Optional<String> action = CommandActions.of(command.type());
        if (actor.equals(OPERATOR)) {
            return Future.succeededFuture(Finding.FINE.at(position(actor, command)));
        }
        if (action.isEmpty()) {
            // Of an unknown type: the handler says that it cannot be read. Of a known one: a mistake, and no way round
            // it.
            return refused(command, command.type(), "no action is known for this command", rehearsal);
        }
        if (actor.equals(PLATFORM) || actor.startsWith(SERVICE)) {
            return action.get().equals(CommandActions.OF_SERVICES) || isOwn(actor, command.type())
                    ? Future.succeededFuture(Finding.FINE)
                    : refused(
                            command,
                            action.get(),
                            "services report and keep deadlines; they wish nothing else",
                            rehearsal);
        }
        if (action.get().equals(CommandActions.OF_SERVICES)) {
            return refused(command, "service:report", "only Fjord's own services report and keep deadlines", rehearsal);
        }
        Future<Void> rules = known.get();
        return rules.isComplete()
                ? Future.succeededFuture(decided(command, action.get(), rehearsal))
                : rules.timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                        .transform(done -> Future.succeededFuture(decided(command, action.get(), rehearsal)));
    }

    private @Nullable String position(String actor, CommandEnvelope<byte[]> command) {
        String position = access.decide(AccessRequest.of(actor, command.type(), command.subject()))
                .policyPosition();
        return position.isEmpty() ? null : position;
    }

    private Finding decided(CommandEnvelope<byte[]> command, String action, boolean rehearsal) {
        AccessRequest request = new AccessRequest(command.actor(), action, command.subject(), context(command));
        AccessDecision decision = access.decide(request);
        Optional<Problem> refusal = decision.allowed() || isOnesOwnToken(command)
                ? Optional.empty()
                : Optional.of(denied(request, decision, rehearsal));
        return Finding.of(refusal).at(decision.policyPosition().isEmpty() ? null : decision.policyPosition());
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

    private Future<Finding> refused(CommandEnvelope<byte[]> command, String action, String why, boolean rehearsal) {
        AccessRequest request = AccessRequest.of(command.actor(), action, command.subject());
        return Future.succeededFuture(
                Finding.of(Optional.of(denied(request, new AccessDecision(false, why, List.of(), ""), rehearsal))));
    }

    /** Of a rehearsal nobody is told: there is no decision to look up, so the answer says why. */
    private Problem denied(AccessRequest request, AccessDecision decision, boolean rehearsal) {
        String who = request.actor() + " may not " + request.action() + " on " + request.resource();
        String ask = "Ask an owner of domain '" + request.resource().domain() + "' for a grant.";
        if (rehearsal) {
            return problem(who + ": " + decision.reason() + ". " + ask);
        }
        String id = denials.denied(request, decision);
        return problem(who + " (decision " + id
                + (decision.policyPosition().isEmpty() ? "" : ", at " + decision.policyPosition())
                + "). " + ask + " GET /api/v1/decisions/" + id + " tells why.");
    }

    private static Problem problem(String detail) {
        return Problem.of("access-denied", 403, "You may not do this", detail);
    }
}
