package io.fjord.platform.access;

import io.fjord.contract.Address;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A grant, or a policy, as it is matched: all of its names resolved.
 *
 * @param source the grant or policy
 * @param via role and bundle, by address, for the explanation
 * @param subjects actors and groups; {@code *} for all
 * @param condition null: always
 * @param expression what the condition was made of
 */
record Rule(
        Address source,
        List<Address> via,
        boolean allows,
        Set<String> subjects,
        List<ActionPattern> actions,
        List<ResourcePattern> resources,
        @Nullable Condition condition,
        @Nullable String expression) {

    static final String ALL = "*";

    boolean covers(String action, Address resource) {
        return isOn(action) && resources.stream().anyMatch(pattern -> pattern.covers(resource));
    }

    boolean isOn(String action) {
        return actions.stream().anyMatch(pattern -> pattern.covers(action));
    }
}
