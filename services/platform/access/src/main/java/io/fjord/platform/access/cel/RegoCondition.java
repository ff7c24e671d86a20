package io.fjord.platform.access.cel;

import com.google.common.collect.ImmutableList;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.ast.CelExpr.CelSelect;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import io.fjord.codec.Json;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A condition in Rego, for an Open Policy Agent: two sets of rules, one for when it is true and one for when it is false, for
 * what can be neither fails.
 *
 * <p>Translated are comparisons, {@code && || ! ?:}, {@code in}, {@code has}, {@code startsWith endsWith contains matches},
 * {@code inNetwork} with a network written out, and of {@code context.time} hours, minutes, the day of the week and comparisons
 * with {@code timestamp('…')}. Arithmetic, comprehensions, conversions and all else are not.
 */
public final class RegoCondition {

    private static final Map<String, String> COMPARISONS = Map.of(
            "_==_", "cel_eq",
            "_!=_", "cel_ne",
            "_<_", "cel_lt",
            "_<=_", "cel_le",
            "_>_", "cel_gt",
            "_>=_", "cel_ge",
            "@in", "cel_in");
    private static final Map<String, String> OF_TEXTS = Map.of(
            "startsWith", "cel_starts_with",
            "endsWith", "cel_ends_with",
            "contains", "cel_contains",
            "matches", "cel_matches");
    private static final Map<String, String> OF_TIME =
            Map.of("getHours", "cel_hours", "getMinutes", "cel_minutes", "getDayOfWeek", "cel_day_of_week");
    private static final Set<String> ORDERS = Set.of("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_");
    private static final Set<String> VARIABLES = Set.of("actor", "action", "resource", "context");

    private final StringBuilder rules = new StringBuilder();
    private final String name;
    private int nodes;

    private RegoCondition(String name) {
        this.name = name;
    }

    /** Thrown by what has no counterpart. */
    private static final class NoCounterpart extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoCounterpart() {
            super("", null, false, false);
        }
    }

    /**
     * @param name of the condition: what {@code holds} and {@code fails_to_hold} contain then; letters, digits and _
     * @return rules; empty if it cannot be translated
     */
    public static Optional<String> of(String name, String expression) {
        try {
            CelExpr root = Conditions.ofPolicies().check(expression).getExpr();
            RegoCondition translation = new RegoCondition(name);
            String node = translation.node(root);
            translation.rule("holds contains " + Json.text(name), node + "_t");
            translation.rule("fails_to_hold contains " + Json.text(name), node + "_f");
            return Optional.of(translation.rules.toString());
        } catch (BadCondition | NoCounterpart e) {
            return Optional.empty();
        }
    }

    private void rule(String head, String body) {
        rules.append(head).append(" if { ").append(body).append(" }\n\n");
    }

    private void bothWays(String node, String truth) {
        rule(node + "_t", truth + " == true");
        rule(node + "_f", truth + " == false");
    }

    /** The name of the rules that say whether it is true ({@code _t}) and whether it is false ({@code _f}). */
    private String node(CelExpr expr) {
        String node = "cond_" + name + "_" + nodes++;
        if (expr.exprKind().getKind() == Kind.CALL) {
            CelCall call = expr.call();
            switch (call.function()) {
                case "_&&_" -> {
                    String left = node(call.args().get(0));
                    String right = node(call.args().get(1));
                    rule(node + "_t", left + "_t; " + right + "_t");
                    rule(node + "_f", left + "_f");
                    rule(node + "_f", right + "_f");
                    return node;
                }
                case "_||_" -> {
                    String left = node(call.args().get(0));
                    String right = node(call.args().get(1));
                    rule(node + "_t", left + "_t");
                    rule(node + "_t", right + "_t");
                    rule(node + "_f", left + "_f; " + right + "_f");
                    return node;
                }
                case "!_" -> {
                    String inner = node(call.args().get(0));
                    rule(node + "_t", inner + "_f");
                    rule(node + "_f", inner + "_t");
                    return node;
                }
                case "_?_:_" -> {
                    String which = node(call.args().get(0));
                    String one = node(call.args().get(1));
                    String other = node(call.args().get(2));
                    for (String end : new String[] {"_t", "_f"}) {
                        rule(node + end, which + "_t; " + one + end);
                        rule(node + end, which + "_f; " + other + end);
                    }
                    return node;
                }
                default -> {
                    bothWays(node, truth(call));
                    return node;
                }
            }
        }
        if (expr.exprKind().getKind() == Kind.SELECT && expr.select().testOnly()) {
            CelSelect select = expr.select();
            bothWays(node, "cel_has(" + value(select.operand()) + ", " + Json.text(select.field()) + ")");
            return node;
        }
        bothWays(node, value(expr));
        return node;
    }

    /** A term that is true, false or undefined. */
    private String truth(CelCall call) {
        ImmutableList<CelExpr> args = call.args();
        String comparison = COMPARISONS.get(call.function());
        if (comparison != null) {
            CelExpr left = args.get(0);
            CelExpr right = args.get(1);
            if (isTime(left) || isTime(right)) {
                if (!ORDERS.contains(call.function())) {
                    throw new NoCounterpart();
                }
                return comparison + "(" + nanos(left) + ", " + nanos(right) + ")";
            }
            return comparison + "(" + value(left) + ", " + value(right) + ")";
        }
        String ofTexts = OF_TEXTS.get(call.function());
        if (ofTexts != null && call.target().isPresent() && args.size() == 1) {
            return ofTexts + "(" + value(call.target().get()) + ", " + value(args.get(0)) + ")";
        }
        if (call.function().equals("inNetwork") && call.target().isPresent()) {
            return "cel_in_network(" + value(call.target().get()) + ", " + Json.text(network(args.get(0))) + ")";
        }
        throw new NoCounterpart();
    }

    private static String network(CelExpr expr) {
        if (!isText(expr)) {
            throw new NoCounterpart();
        }
        String network = expr.constant().stringValue();
        if (network.indexOf('/') >= 0) {
            return network;
        }
        return network + (network.indexOf(':') < 0 ? "/32" : "/128");
    }

    private static boolean isTime(CelExpr expr) {
        return isContextTime(expr)
                || (expr.exprKind().getKind() == Kind.CALL
                        && expr.call().function().equals("timestamp"));
    }

    private static boolean isContextTime(CelExpr expr) {
        return expr.exprKind().getKind() == Kind.SELECT
                && !expr.select().testOnly()
                && expr.select().field().equals("time")
                && expr.select().operand().exprKind().getKind() == Kind.IDENT
                && expr.select().operand().ident().name().equals("context");
    }

    private static String nanos(CelExpr expr) {
        if (isContextTime(expr)) {
            return "time.parse_rfc3339_ns(input.context.time)";
        }
        if (isTime(expr)
                && expr.call().args().size() == 1
                && isText(expr.call().args().get(0))) {
            return "time.parse_rfc3339_ns("
                    + Json.text(expr.call().args().get(0).constant().stringValue()) + ")";
        }
        throw new NoCounterpart();
    }

    private static boolean isText(CelExpr expr) {
        return expr.exprKind().getKind() == Kind.CONSTANT && expr.constant().getKind() == CelConstant.Kind.STRING_VALUE;
    }

    /** A term that is the value, or undefined. */
    private String value(CelExpr expr) {
        if (isTime(expr)) {
            // A text for OPA, and no text in CEL.
            throw new NoCounterpart();
        }
        return switch (expr.exprKind().getKind()) {
            case CONSTANT -> constant(expr.constant());
            case IDENT -> {
                if (!VARIABLES.contains(expr.ident().name())) {
                    throw new NoCounterpart();
                }
                yield "input." + expr.ident().name();
            }
            case SELECT -> {
                if (expr.select().testOnly()) {
                    throw new NoCounterpart();
                }
                yield value(expr.select().operand()) + "["
                        + Json.text(expr.select().field()) + "]";
            }
            case LIST -> {
                StringBuilder list = new StringBuilder("[");
                for (CelExpr element : expr.list().elements()) {
                    list.append(list.length() == 1 ? "" : ", ").append(value(element));
                }
                yield list.append("]").toString();
            }
            case CALL -> ofCall(expr.call());
            default -> throw new NoCounterpart();
        };
    }

    private String ofCall(CelCall call) {
        if (call.function().equals("_[_]") && isText(call.args().get(1))) {
            if (isContext(call.args().get(0))
                    && call.args().get(1).constant().stringValue().equals("time")) {
                throw new NoCounterpart();
            }
            return value(call.args().get(0)) + "[" + constant(call.args().get(1).constant()) + "]";
        }
        String ofTime = OF_TIME.get(call.function());
        if (ofTime != null
                && call.target().isPresent()
                && isContextTime(call.target().get())) {
            String zone = "UTC";
            if (!call.args().isEmpty()) {
                CelExpr given = call.args().get(0);
                if (!isText(given) || !given.constant().stringValue().matches("UTC|[A-Za-z_]+/[A-Za-z_/-]+")) {
                    throw new NoCounterpart();
                }
                zone = given.constant().stringValue();
            }
            return ofTime + "(input.context.time, " + Json.text(zone) + ")";
        }
        throw new NoCounterpart();
    }

    private static boolean isContext(CelExpr expr) {
        return expr.exprKind().getKind() == Kind.IDENT && expr.ident().name().equals("context");
    }

    private static String constant(CelConstant constant) {
        return switch (constant.getKind()) {
            case BOOLEAN_VALUE -> String.valueOf(constant.booleanValue());
            case INT64_VALUE -> String.valueOf(constant.int64Value());
            case STRING_VALUE -> Json.text(constant.stringValue());
            case NULL_VALUE -> "null";
            default -> throw new NoCounterpart();
        };
    }
}
