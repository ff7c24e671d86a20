package io.fjord.platform.access.guardrail;

import org.jspecify.annotations.Nullable;

/**
 * What a guardrail says of a command.
 *
 * @param failure why it could not be evaluated, which counts as not passed; null if it could
 */
public record Verdict(boolean passed, @Nullable String failure) {

    static final Verdict PASSED = new Verdict(true, null);
    static final Verdict VIOLATED = new Verdict(false, null);

    static Verdict failed(@Nullable String why) {
        return new Verdict(false, why == null ? "it cannot be evaluated" : why);
    }
}
