package io.fjord.platform.access.guardrail;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.controlpolicies.guardrail.GuardrailLanguage;
import io.fjord.contract.controlpolicies.guardrail.GuardrailMode;
import io.fjord.platform.access.CommandContext;
import io.fjord.platform.access.Condition;
import io.fjord.platform.access.cel.BadCondition;
import io.fjord.platform.access.cel.Conditions;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What must be true of some commands, ready to be asked. */
public final class Guardrail {

    private static final Conditions CONDITIONS = Conditions.ofGuardrails();
    private static final String PLATFORM = "platform";

    private final Address address;
    private final List<String> commandTypes;
    private final GuardrailLanguage language;
    private final String expression;
    private final GuardrailMode mode;
    private final String message;
    private final Condition condition;
    private final RegoRules rego;

    /** An expression that is none is one that always fails. */
    public Guardrail(
            Address address,
            List<String> commandTypes,
            GuardrailLanguage language,
            String expression,
            GuardrailMode mode,
            String message,
            RegoRules rego) {
        this.address = address;
        this.commandTypes = List.copyOf(commandTypes);
        this.language = language;
        this.expression = expression;
        this.mode = mode;
        this.message = message;
        this.rego = rego;
        this.condition = language == GuardrailLanguage.CEL ? compiled(expression) : variables -> false;
    }

    private static Condition compiled(String expression) {
        try {
            return CONDITIONS.compile(expression);
        } catch (BadCondition e) {
            return variables -> {
                throw e;
            };
        }
    }

    Guardrail in(GuardrailMode other) {
        return new Guardrail(address, commandTypes, language, expression, other, message, rego);
    }

    public Address address() {
        return address;
    }

    public GuardrailMode mode() {
        return mode;
    }

    public String message() {
        return message;
    }

    /**
     * Whether it is about this command: wishes of its type and domain. Reports of what has happened, and what Fjord does by
     * itself, pass; so do commands about guardrails, or one that is wrong could not be taken away.
     */
    public boolean judges(CommandEnvelope<byte[]> command) {
        return isWish(command)
                && (address.domain().equals(PLATFORM)
                        || address.domain().equals(command.subject().domain()))
                && commandTypes.stream().anyMatch(pattern -> covers(pattern, command.type()));
    }

    private static boolean isWish(CommandEnvelope<byte[]> command) {
        String type = command.type();
        if (type.startsWith("fjord.control-policies.guardrail.")
                || command.actor().equals(PLATFORM)
                || command.actor().startsWith("service:")) {
            return false;
        }
        String[] parts = type.split("\\.");
        String name = parts.length < 2 ? type : parts[parts.length - 2];
        return !name.startsWith("Report") && !name.startsWith("Expire");
    }

    private static boolean covers(String pattern, String type) {
        if (pattern.endsWith("*")) {
            return type.startsWith(pattern.substring(0, pattern.length() - 1));
        }
        // The version of a type may be left out.
        return type.equals(pattern) || (type.startsWith(pattern + ".v") && type.indexOf('.', pattern.length() + 1) < 0);
    }

    /** Never fails: what cannot be evaluated has not passed. */
    public Future<Verdict> judge(CommandEnvelope<byte[]> command) {
        Map<String, Object> input;
        try {
            input = variables(command);
        } catch (IOException | RuntimeException e) {
            return Future.succeededFuture(Verdict.failed("the command is not JSON"));
        }
        if (language == GuardrailLanguage.REGO) {
            return rego.passes(address, expression, input)
                    .map(passes -> passes ? Verdict.PASSED : Verdict.VIOLATED)
                    .otherwise(failure -> Verdict.failed(failure.getMessage()));
        }
        try {
            return Future.succeededFuture(condition.holds(input) ? Verdict.PASSED : Verdict.VIOLATED);
        } catch (RuntimeException e) {
            return Future.succeededFuture(Verdict.failed(e.getMessage()));
        }
    }

    /** The time is the command's own, so that a report of the past says what would have been said then. */
    private static Map<String, Object> variables(CommandEnvelope<byte[]> command) throws IOException {
        Map<?, ?> data = Json.MAPPER.readValue(command.data(), Map.class);
        Address subject = command.subject();
        Map<String, Object> variables = new HashMap<>();
        variables.put("actor", command.actor());
        variables.put("type", command.type());
        variables.put("resource", Map.of("domain", subject.domain(), "kind", subject.kind(), "name", subject.name()));
        variables.put("command", data == null ? Map.of() : said(data));
        Map<String, Object> context = CommandContext.of(command);
        context.put("time", command.time());
        variables.put("context", context);
        return variables;
    }

    /** A field that says nothing is not there, so that {@code has(command.x)} says what it seems to. */
    private static Map<Object, Object> said(Map<?, ?> data) {
        Map<Object, Object> all = new HashMap<>();
        data.forEach((name, value) -> {
            if (value != null) {
                all.put(name, value instanceof Map<?, ?> inner ? said(inner) : value);
            }
        });
        return all;
    }
}
