package io.fjord.kernel;

import java.util.Set;

/**
 * Which names of a kind could be allowed to somebody: no others are.
 *
 * @param beginnings of names
 * @param certain whether all of them are allowed; else each is asked about still
 */
public record Candidates(Set<String> names, Set<String> beginnings, boolean certain) {

    /** Who could be allowed more than these is treated as one who could be allowed any. */
    public static final int MOST_NAMES = 1_024;

    public Candidates {
        names = Set.copyOf(names);
        beginnings = Set.copyOf(beginnings);
    }

    public boolean include(String name) {
        return names.contains(name) || beginnings.stream().anyMatch(name::startsWith);
    }
}
