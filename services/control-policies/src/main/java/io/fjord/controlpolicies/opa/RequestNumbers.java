package io.fjord.controlpolicies.opa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.fjord.codec.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/**
 * Which requests an agent has told of. Decisions that run at once are told in any order: what is missing is awaited until the next
 * time it tells of some, and is a gap if it is not among them.
 *
 * @param highest 0 before the first
 * @param awaited missing below the highest, in order
 */
record RequestNumbers(long highest, List<Range> awaited) {

    static final RequestNumbers NONE = new RequestNumbers(0, List.of());

    /** Both ends belong to it. */
    record Range(long from, long to) {}

    /** @param gaps that nobody waits for any more */
    record Seen(RequestNumbers now, List<Range> gaps) {}

    RequestNumbers {
        awaited = List.copyOf(awaited);
    }

    /** @param numbers not empty */
    Seen with(SortedSet<Long> numbers) {
        List<Range> gaps = new ArrayList<>();
        for (Range range : awaited) {
            gaps.addAll(missing(range.from(), range.to(), numbers));
        }
        long first = highest == 0 ? numbers.first() : highest + 1;
        long last = Math.max(highest, numbers.last());
        return new Seen(new RequestNumbers(last, missing(first, last, numbers)), gaps);
    }

    private static List<Range> missing(long from, long to, SortedSet<Long> numbers) {
        List<Range> missing = new ArrayList<>();
        long next = from;
        for (long seen : numbers.tailSet(from)) {
            if (seen > to) {
                break;
            }
            if (seen > next) {
                missing.add(new Range(next, seen - 1));
            }
            next = seen + 1;
        }
        if (next <= to) {
            missing.add(new Range(next, to));
        }
        return missing;
    }

    String awaitedJson() {
        ArrayNode all = Json.MAPPER.createArrayNode();
        awaited.forEach(range -> all.addArray().add(range.from()).add(range.to()));
        return all.toString();
    }

    static RequestNumbers of(long highest, String awaitedJson) {
        List<Range> awaited = new ArrayList<>();
        try {
            for (JsonNode range : Json.MAPPER.readTree(awaitedJson)) {
                awaited.add(new Range(range.path(0).asLong(), range.path(1).asLong()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("What is awaited of an agent cannot be read", e);
        }
        return new RequestNumbers(highest, awaited);
    }
}
