package io.fjord.webhooks.delivery;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where an event stands: the service whose journal holds it, and its position there. */
record Place(String source, Position position) implements Comparable<Place> {

    private static final Pattern ID = Pattern.compile("([a-z0-9-]{1,63})\\.([0-9]{1,18})\\.([0-9]{1,18})");
    private static final Comparator<Place> ORDER =
            Comparator.comparing(Place::source).thenComparing(Place::position);

    static Place of(EventEnvelope<?> event) {
        return new Place(event.source(), event.position());
    }

    /** As it stands in paths: {@code core.1.4711}. */
    String id() {
        return source + "." + position.epoch() + "." + position.n();
    }

    static Optional<Place> parse(String id) {
        Matcher parts = ID.matcher(id);
        return parts.matches() && Long.parseLong(parts.group(2)) > 0
                ? Optional.of(new Place(
                        parts.group(1), new Position(Long.parseLong(parts.group(2)), Long.parseLong(parts.group(3)))))
                : Optional.empty();
    }

    /** Behind which it is the first. */
    static Position before(Position position) {
        return new Position(position.epoch(), Math.max(0, position.n() - 1));
    }

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }
}
