package io.fjord.platform.access.cel;

import com.google.common.primitives.UnsignedLong;
import com.google.protobuf.NullValue;
import dev.cel.common.CelIssue;
import dev.cel.common.CelSourceLocation;
import dev.cel.common.CelValidationException;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is made of an event by an expression in CEL: any value that JSON has, over the same variables as conditions of events. */
public final class Transformations {

    private static final int LONGEST = 4_000;

    private final CelCompiler compiler;

    private Transformations() {
        CelCompilerBuilder builder = CelCompilerFactory.standardCelCompilerBuilder()
                .setOptions(Conditions.OPTIONS)
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .addFunctionDeclarations(Conditions.IN_NETWORK);
        for (String variable : Conditions.OF_EVENTS) {
            builder.addVar(variable, Conditions.typeOf(variable));
        }
        this.compiler = builder.build();
    }

    public static Transformations ofEvents() {
        return new Transformations();
    }

    /** An expression, ready to be evaluated. */
    @FunctionalInterface
    public interface Transformation {

        /**
         * @return texts, numbers, truth values, lists, maps with texts as keys; or null
         * @throws CannotBeEvaluated if it meets what it cannot answer, or makes what JSON has not
         */
        @Nullable
        Object of(Map<String, Object> given);
    }

    /** @throws BadCondition if it is none */
    public Transformation compile(String expression) {
        if (expression.isBlank() || expression.codePointCount(0, expression.length()) > LONGEST) {
            throw new BadCondition("an expression has 1 to " + LONGEST + " characters", 1, 1);
        }
        try {
            CelRuntime.Program program = Conditions.RUNTIME.createProgram(
                    compiler.compile(expression).getAst());
            return given -> evaluate(program, given);
        } catch (CelValidationException e) {
            CelIssue first = e.getErrors().get(0);
            CelSourceLocation where = first.getSourceLocation();
            throw new BadCondition(
                    first.getMessage(), Math.max(1, where.getLine()), Math.max(0, where.getColumn()) + 1);
        } catch (CelEvaluationException e) {
            throw new BadCondition(Conditions.told(e), 1, 1);
        }
    }

    private static @Nullable Object evaluate(CelRuntime.Program program, Map<String, Object> given) {
        try {
            return ofJson(program.eval(Values.ofCel(given)));
        } catch (CelEvaluationException e) {
            throw new CannotBeEvaluated(Conditions.told(e));
        }
    }

    private static @Nullable Object ofJson(Object value) {
        if (value instanceof NullValue || value instanceof dev.cel.common.values.NullValue) {
            return null;
        }
        if (value instanceof String || value instanceof Long || value instanceof Double || value instanceof Boolean) {
            return value;
        }
        if (value instanceof UnsignedLong whole) {
            return whole.bigIntegerValue();
        }
        if (value instanceof java.time.Instant || value instanceof java.time.Duration) {
            return value.toString();
        }
        if (value instanceof List<?> many) {
            List<@Nullable Object> all = new ArrayList<>(many.size());
            many.forEach(one -> all.add(ofJson(one)));
            return all;
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> all = new LinkedHashMap<>();
            map.forEach((key, one) -> {
                if (!(key instanceof String text)) {
                    throw new CannotBeEvaluated("a key of a map is no text");
                }
                all.put(text, ofJson(one));
            });
            return all;
        }
        throw new CannotBeEvaluated("it makes something that JSON has not");
    }
}
