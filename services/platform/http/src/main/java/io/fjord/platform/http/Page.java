package io.fjord.platform.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list.
 *
 * @param nextPageToken null on the last page
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Page<T>(List<T> items, @Nullable String nextPageToken) {

    private static final int MOST_AT_ONCE = 2_000;
    static final int MOST_LOOKED_AT = 50_000;

    /**
     * @param found in order, up to one more than {@link Call#pageSize}: whether there is one more tells whether there is a next page
     * @param cursor what an entry is sorted by
     */
    public static <T> Page<T> of(Call call, List<T> found, Function<T, List<String>> cursor) {
        int size = call.pageSize();
        if (found.size() <= size) {
            return new Page<>(List.copyOf(found), null);
        }
        List<T> shown = List.copyOf(found.subList(0, size));
        return new Page<>(shown, PageToken.of(call, cursor.apply(shown.get(size - 1))));
    }

    /**
     * A whole page of what the caller may see: those left out are made up for by the next. Looked at are at most
     * {@value #MOST_LOOKED_AT} for one page; it is shorter then, and the next one goes on from there.
     *
     * @param visible of one, whether it is shown
     * @param next so many after that one in the order of the list; after where the call wants to begin, if it is empty
     * @param cursor what an entry is sorted by
     */
    public static <T> Future<Page<T>> sieved(
            Call call,
            Predicate<T> visible,
            BiFunction<Optional<T>, Integer, Future<List<T>>> next,
            Function<T, List<String>> cursor) {
        return sieved(call, visible, next, cursor, new ArrayList<>(), Optional.empty(), 0, call.pageSize() + 1);
    }

    private static <T> Future<Page<T>> sieved(
            Call call,
            Predicate<T> visible,
            BiFunction<Optional<T>, Integer, Future<List<T>>> next,
            Function<T, List<String>> cursor,
            List<T> found,
            Optional<T> after,
            int lookedAt,
            int size) {
        return next.apply(after, size).compose(some -> {
            some.stream().filter(visible).forEach(found::add);
            if (found.size() > call.pageSize() || some.size() < size) {
                return Future.succeededFuture(of(call, found, cursor));
            }
            T last = some.get(some.size() - 1);
            if (lookedAt + size >= MOST_LOOKED_AT) {
                return Future.succeededFuture(new Page<>(List.copyOf(found), PageToken.of(call, cursor.apply(last))));
            }
            return sieved(
                    call,
                    visible,
                    next,
                    cursor,
                    found,
                    Optional.of(last),
                    lookedAt + size,
                    Math.min(4 * size, MOST_AT_ONCE));
        });
    }

    /** The same page, each entry as it is shown. */
    public <V> Page<V> map(Function<T, V> view) {
        return new Page<>(items.stream().map(view).toList(), nextPageToken);
    }
}
