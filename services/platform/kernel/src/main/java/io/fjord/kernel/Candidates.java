package io.fjord.kernel;

import java.util.Set;

/**
 * Which names of a kind could be allowed to somebody: no others are. Of these each is asked about still.
 *
 * @param beginnings of names
 */
public record Candidates(Set<String> names, Set<String> beginnings) {

    public Candidates {
        names = Set.copyOf(names);
        beginnings = Set.copyOf(beginnings);
    }

    public boolean include(String name) {
        return names.contains(name) || beginnings.stream().anyMatch(name::startsWith);
    }
}
