package io.fjord.cdc.capture;

import java.util.Locale;
import java.util.Set;

/**
 * A table of another program that rows are only added to.
 *
 * @param name lower case, as all names here; MariaDB may have it in capitals
 * @param id the column that tells rows apart
 * @param time the column that says when, in milliseconds; nearly in the order of commits
 * @param leftOut columns that nobody is to see
 */
public record CapturedTable(String name, String id, String time, Set<String> leftOut) {

    public CapturedTable {
        leftOut = Set.copyOf(leftOut);
    }

    boolean is(String other) {
        return name.equals(other.toLowerCase(Locale.ROOT));
    }
}
