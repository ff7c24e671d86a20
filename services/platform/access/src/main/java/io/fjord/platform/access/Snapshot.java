package io.fjord.platform.access;

import io.fjord.contract.Address;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What decisions are made of at one moment.
 *
 * @param refused actors that may nothing
 * @param groups of each actor, over any number of steps
 * @param rules grants and policies, with their names resolved
 */
public record Snapshot(List<String> refused, Map<String, List<String>> groups, List<Speaking> rules) {

    /**
     * @param expression its condition in CEL; null: always
     */
    public record Speaking(
            Address source,
            boolean allows,
            List<String> subjects,
            List<String> actions,
            List<String> resources,
            @Nullable String expression) {}
}
