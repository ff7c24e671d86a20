package io.fjord.platform.sql;

import io.fjord.kernel.Candidates;
import io.fjord.kernel.Thing;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which things are wanted, said twice: to the database for now, and to a state for then.
 *
 * @param sql a condition with {@code ?} for values, or empty for no condition
 * @param values see {@link SqlTx#queryAmong}
 */
public record Where<S extends Thing>(String sql, List<Object> values, Predicate<S> test) {

    public Where {
        values = List.copyOf(values);
    }

    public static <S extends Thing> Where<S> all() {
        return new Where<>("", List.of(), state -> true);
    }

    public Where<S> and(String condition, List<Object> more, Predicate<S> also) {
        List<Object> both = new ArrayList<>(values);
        both.addAll(more);
        return new Where<>(sql + " AND " + condition, both, test.and(also));
    }

    /** Those with such names. */
    Where<S> among(Candidates candidates) {
        List<Object> more = new ArrayList<>();
        List<String> either = new ArrayList<>();
        List<String> names = List.copyOf(candidates.names());
        if (!names.isEmpty()) {
            more.add(names);
            either.add("name IN (??)");
        }
        for (String beginning : candidates.beginnings()) {
            more.add(beginning.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%");
            either.add("name LIKE ? ESCAPE '!'");
        }
        return and(
                either.isEmpty() ? "1 = 0" : "(" + String.join(" OR ", either) + ")",
                more,
                state -> candidates.include(state.address().name()));
    }
}
