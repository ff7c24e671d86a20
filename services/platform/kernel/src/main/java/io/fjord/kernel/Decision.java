package io.fjord.kernel;

import io.fjord.contract.Problem;
import java.util.List;

/** What a decider says: events, or no, or nothing to do. */
public sealed interface Decision<E> {

    record Accepted<E>(List<E> events) implements Decision<E> {
        public Accepted {
            events = List.copyOf(events);
            if (events.isEmpty()) {
                throw new IllegalArgumentException("Accepted without an event: say noEffect");
            }
        }
    }

    record Rejected<E>(Problem problem) implements Decision<E> {}

    record NoEffect<E>(String reason) implements Decision<E> {}

    @SafeVarargs
    static <E> Decision<E> accept(E... events) {
        return new Accepted<>(List.of(events));
    }

    static <E> Decision<E> reject(Problem problem) {
        return new Rejected<>(problem);
    }

    static <E> Decision<E> noEffect(String reason) {
        return new NoEffect<>(reason);
    }
}
