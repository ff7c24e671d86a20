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

    // Loops, for they are asked by the ten thousand.

    boolean covers(String action, Address resource) {
        if (!isOn(action)) {
            return false;
        }
        for (ResourcePattern pattern : resources) {
            if (pattern.covers(resource)) {
                return true;
            }
        }
        return false;
    }

    boolean isOn(String action) {
        for (ActionPattern pattern : actions) {
            if (pattern.covers(action)) {
                return true;
            }
        }
        return false;
    }

    /** Whether it speaks of at least one thing there could be of that kind. */
    boolean meets(String domain, String kind) {
        for (ResourcePattern pattern : resources) {
            if (pattern.meets(domain, kind)) {
                return true;
            }
        }
        return false;
    }

    boolean coversAll(String domain, String kind) {
        for (ResourcePattern pattern : resources) {
            if (pattern.coversAll(domain, kind)) {
                return true;
            }
        }
        return false;
    }
}
