package io.fjord.platform.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which things are wanted, said twice: to the database for now, and to a state for then.
 *
 * @param sql a condition with {@code ?} for values, or empty for no condition
 */
public record Where<S>(String sql, List<Object> values, Predicate<S> test) {

    public Where {
        values = List.copyOf(values);
    }

    public static <S> Where<S> all() {
        return new Where<>("", List.of(), state -> true);
    }

    public Where<S> and(String condition, List<Object> more, Predicate<S> also) {
        List<Object> both = new ArrayList<>(values);
        both.addAll(more);
        return new Where<>(sql + " AND " + condition, both, test.and(also));
    }
}
