package io.fjord.contract;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * Where an event stands in its service's journal: dense and in commit order, written {@code epoch:n}.
 *
 * <p>The epoch grows only when a database was restored from an older copy; {@code n} goes on counting from the restored
 * end, so the events after the copy are numbered again, under the new epoch.
 */
public record Position(long epoch, long n) implements Comparable<Position> {

    public static final Position START = new Position(1, 0);

    /** @throws IllegalArgumentException if the text is not {@code epoch:n} */
    @JsonCreator
    public static Position parse(String text) {
        int colon = text.indexOf(':');
        try {
            Position position =
                    new Position(Long.parseLong(text.substring(0, colon)), Long.parseLong(text.substring(colon + 1)));
            if (position.epoch >= 1 && position.n >= 0) {
                return position;
            }
        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
            // told below
        }
        throw new IllegalArgumentException("A position is written epoch:n, for instance 1:4711, not '" + text + "'");
    }

    public Position next() {
        return new Position(epoch, n + 1);
    }

    public boolean isAfter(Position other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(Position other) {
        return epoch != other.epoch ? Long.compare(epoch, other.epoch) : Long.compare(n, other.n);
    }

    @Override
    @JsonValue
    public String toString() {
        return epoch + ":" + n;
    }
}
