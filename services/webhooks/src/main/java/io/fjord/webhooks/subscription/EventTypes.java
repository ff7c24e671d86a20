package io.fjord.webhooks.subscription;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Which types of events are wanted: whole, or a beginning with a star. */
public final class EventTypes {

    static final String PATTERN = "[A-Za-z0-9._-]+(\\.\\*)?|\\*";

    private final Set<String> whole = new HashSet<>();
    private final Set<String> beginnings = new TreeSet<>();

    public EventTypes(List<String> patterns) {
        for (String pattern : patterns) {
            if (pattern.endsWith("*")) {
                beginnings.add(pattern.substring(0, pattern.length() - 1));
            } else {
                whole.add(pattern);
            }
        }
    }

    public boolean include(String type) {
        return whole.contains(type) || beginnings.stream().anyMatch(type::startsWith);
    }
}
