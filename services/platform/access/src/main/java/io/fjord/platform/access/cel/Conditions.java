package io.fjord.platform.access.cel;

import com.google.common.net.InetAddresses;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelSourceLocation;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.types.CelType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import io.fjord.platform.access.Condition;
import java.util.Map;
import java.util.Set;

/**
 * Conditions in the Common Expression Language: read and type-checked once, evaluated in microseconds, bounded in what they
 * cost.
 *
 * <p>What is not there (an attribute, a key) is an error, not a no; {@code has(context.purpose)} asks.
 */
public final class Conditions {

    private static final int LONGEST = 4_000;
    private static final int MOST_ITERATIONS = 1_000;
    private static final int MOST_NESTING = 50;

    private static final CelType ATTRIBUTES = MapType.create(SimpleType.STRING, SimpleType.DYN);
    private static final Set<String> OF_RESOURCE = Set.of("domain", "kind", "name", "attributes");
    private static final Set<String> OF_POLICIES = Set.of("actor", "action", "resource", "context");
    private static final Set<String> OF_GUARDRAILS = Set.of("actor", "type", "resource", "command", "context");

    private static final Set<String> OF_ENTRIES = Set.of("entry");

    static final Set<String> OF_EVENTS = Set.of("type", "actor", "resource", "event", "data");

    static final CelOptions OPTIONS = CelOptions.current()
            .maxExpressionCodePointSize(LONGEST)
            .maxParseRecursionDepth(MOST_NESTING)
            .comprehensionMaxIterations(MOST_ITERATIONS)
            .maxRegexProgramSize(MOST_ITERATIONS)
            .evaluateCanonicalTypesToNativeValues(true)
            .enableHeterogeneousNumericComparisons(true)
            .enableUnsignedLongs(true)
            .populateMacroCalls(true)
            .build();

    static final CelFunctionDecl IN_NETWORK = CelFunctionDecl.newFunctionDeclaration(
            "inNetwork",
            CelOverloadDecl.newMemberOverload(
                    "string_in_network_string", SimpleType.BOOL, SimpleType.STRING, SimpleType.STRING));

    static final CelRuntime RUNTIME = CelRuntimeFactory.standardCelRuntimeBuilder()
            .setOptions(OPTIONS)
            .addFunctionBindings(CelFunctionBinding.from(
                    "string_in_network_string", String.class, String.class, Conditions::inNetwork))
            .build();

    private final Set<String> variables;
    private final CelCompiler compiler;

    private Conditions(Set<String> variables) {
        this.variables = variables;
        CelCompilerBuilder builder = CelCompilerFactory.standardCelCompilerBuilder()
                .setOptions(OPTIONS)
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .addFunctionDeclarations(IN_NETWORK)
                .setResultType(SimpleType.BOOL);
        for (String variable : variables) {
            builder.addVar(variable, typeOf(variable));
        }
        this.compiler = builder.build();
    }

    static CelType typeOf(String variable) {
        return switch (variable) {
            case "actor", "action", "type" -> SimpleType.STRING;
            default -> ATTRIBUTES;
        };
    }

    /** Of attribute rules: {@code actor}, {@code action}, {@code resource}, {@code context}. */
    public static Conditions ofPolicies() {
        return new Conditions(OF_POLICIES);
    }

    /** Of guardrails: {@code actor}, {@code type} (of the command), {@code resource}, {@code command}, {@code context}. */
    public static Conditions ofGuardrails() {
        return new Conditions(OF_GUARDRAILS);
    }

    /** Of entries of the record: {@code entry}, as it is shown. */
    public static Conditions ofEntries() {
        return new Conditions(OF_ENTRIES);
    }

    /**
     * Of events: {@code type}, {@code actor}, {@code resource} (what it is about), {@code event} (its other attributes) and
     * {@code data}.
     */
    public static Conditions ofEvents() {
        return new Conditions(OF_EVENTS);
    }

    /** @throws BadCondition if it is none */
    public Condition compile(String expression) {
        CelAbstractSyntaxTree checked = check(expression);
        CelRuntime.Program program;
        try {
            program = RUNTIME.createProgram(checked);
        } catch (CelEvaluationException e) {
            throw new BadCondition(told(e), 1, 1);
        }
        return given -> evaluate(program, given);
    }

    /** The expression as it is understood, its types known. */
    CelAbstractSyntaxTree check(String expression) {
        if (expression.isBlank()) {
            throw new BadCondition("an expression is needed, as actor.startsWith('user:')", 1, 1);
        }
        if (expression.codePointCount(0, expression.length()) > LONGEST) {
            throw new BadCondition("an expression has " + LONGEST + " characters at most", 1, 1);
        }
        CelAbstractSyntaxTree checked;
        try {
            checked = compiler.compile(expression).getAst();
        } catch (CelValidationException e) {
            CelIssue first = e.getErrors().get(0);
            CelSourceLocation where = first.getSourceLocation();
            throw new BadCondition(
                    said(first.getMessage()), Math.max(1, where.getLine()), Math.max(0, where.getColumn()) + 1);
        }
        refuseUnknownAttributes(checked);
        return checked;
    }

    private String said(String message) {
        return message.contains("undeclared reference")
                ? message + "; known are "
                        + String.join(", ", variables.stream().sorted().toList())
                : message;
    }

    private static void refuseUnknownAttributes(CelAbstractSyntaxTree checked) {
        CelNavigableAst.fromAst(checked)
                .getRoot()
                .allNodes()
                .map(node -> node.expr())
                .filter(expr -> expr.exprKind().getKind() == CelExpr.ExprKind.Kind.SELECT)
                .filter(expr -> expr.select().operand().exprKind().getKind() == CelExpr.ExprKind.Kind.IDENT)
                .filter(expr -> expr.select().operand().ident().name().equals("resource"))
                .filter(expr -> !OF_RESOURCE.contains(expr.select().field()))
                .findFirst()
                .ifPresent(expr -> {
                    CelSourceLocation where = checked.getSource()
                            .getOffsetLocation(offset(checked, expr))
                            .orElse(CelSourceLocation.of(1, 0));
                    throw new BadCondition(
                            "a resource has no '" + expr.select().field() + "', but domain, kind, name and attributes",
                            where.getLine(),
                            where.getColumn() + 1);
                });
    }

    private static int offset(CelAbstractSyntaxTree checked, CelExpr expr) {
        return checked.getSource().getPositionsMap().getOrDefault(expr.id(), 0);
    }

    private static boolean evaluate(CelRuntime.Program program, Map<String, Object> given) {
        Object answer;
        try {
            answer = program.eval(Values.ofCel(given));
        } catch (CelEvaluationException e) {
            throw new CannotBeEvaluated(told(e));
        }
        if (answer instanceof Boolean yes) {
            return yes;
        }
        throw new CannotBeEvaluated("it is neither true nor false");
    }

    static String told(CelEvaluationException e) {
        String message = e.getMessage();
        return message == null ? "it cannot be evaluated" : message.replaceFirst("^evaluation error[^:]*: ", "");
    }

    private static boolean inNetwork(String address, String network) throws CelEvaluationException {
        try {
            int slash = network.indexOf('/');
            byte[] base = InetAddresses.forString(slash < 0 ? network : network.substring(0, slash))
                    .getAddress();
            byte[] asked = InetAddresses.forString(address).getAddress();
            int bits = slash < 0 ? base.length * 8 : Integer.parseInt(network.substring(slash + 1));
            if (bits < 0 || bits > base.length * 8) {
                throw new CelEvaluationException("'" + network + "' is no network, as 10.0.0.0/8 is");
            }
            return base.length == asked.length && sameBits(base, asked, bits);
        } catch (IllegalArgumentException e) {
            throw new CelEvaluationException(
                    "'" + address + "' in '" + network + "': an address and a network are needed");
        }
    }

    private static boolean sameBits(byte[] one, byte[] other, int bits) {
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> (i % 8);
            if ((one[i / 8] & mask) != (other[i / 8] & mask)) {
                return false;
            }
        }
        return true;
    }
}
