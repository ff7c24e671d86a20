package io.fjord.platform.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list.
 *
 * @param nextPageToken null on the last page
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Page<T>(List<T> items, @Nullable String nextPageToken) {

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
}
