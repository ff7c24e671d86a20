package io.fjord.platform.access;

import java.util.Map;

/** What must be true for a rule to speak. */
@FunctionalInterface
public interface Condition {

    /**
     * @param variables {@code actor}, {@code action}, {@code resource} and {@code context}
     * @throws RuntimeException if it cannot be said; whoever asks refuses then
     */
    boolean holds(Map<String, Object> variables);
}
