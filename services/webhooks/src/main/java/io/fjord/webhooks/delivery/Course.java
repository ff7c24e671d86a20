package io.fjord.webhooks.delivery;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.platform.access.Condition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One way through the journals for a subscription: the live one, or a replay. It knows what it has looked at and what of that is
 * still on its way, and so up to where nothing is.
 */
final class Course {

    static final String LIVE = "live";

    private final String id;
    private final @Nullable Replay replay;
    private final @Nullable Condition filter;
    private final Map<String, Progress> progress = new HashMap<>();

    /** How far it is with one service. */
    static final class Progress {

        private Position looked;
        private Position written;
        private final TreeSet<Position> open = new TreeSet<>();
        private final Set<Position> known;
        boolean behind = true;
        boolean reading;

        /** @param known what stands behind the position and became a row before the position could be written */
        Progress(Position at, Set<Position> known) {
            this.looked = at;
            this.written = at;
            this.known = new HashSet<>(known);
        }

        /** The last event it has looked at. */
        Position looked() {
            return looked;
        }

        /** Everything up to here is dealt with. */
        Position reached() {
            return open.isEmpty() ? looked : Place.before(open.first());
        }

        /** @return false if it was dealt with before the process began */
        boolean look(Position position) {
            looked = position;
            return !known.remove(position);
        }

        void open(Position position) {
            open.add(position);
        }

        void settled(Position position) {
            open.remove(position);
        }

        boolean moved() {
            return !reached().equals(written);
        }

        long unwritten() {
            return reached().n() - written.n();
        }

        void wrote(Position position) {
            written = position;
        }
    }

    Course(String id, @Nullable Replay replay) {
        this.id = id;
        this.replay = replay;
        this.filter = replay == null ? null : Wanted.filter(replay.filter());
    }

    String id() {
        return id;
    }

    boolean live() {
        return replay == null;
    }

    Map<String, Progress> progress() {
        return progress;
    }

    @Nullable
    Progress of(String source) {
        return progress.get(source);
    }

    void begin(String source, Progress at) {
        progress.put(source, at);
    }

    /** Whether an event is within what is replayed; all are, live. */
    boolean includes(Happened happened) {
        EventEnvelope<byte[]> event = happened.event();
        return replay == null
                || ((replay.only() == null || replay.only().equals(event.subject()))
                        && Wanted.passes(filter, happened));
    }

    /** Whether there is nothing behind an event for this course. */
    boolean endsBefore(String source, Position position) {
        Position end = end(source);
        return end != null && position.isAfter(end);
    }

    @Nullable
    Position end(String source) {
        Map<String, Position> ends = replay == null ? null : replay.ends();
        return ends == null ? null : ends.get(source);
    }

    /** Whether a replay has come to its end, with everything dealt with. */
    boolean through() {
        return replay != null
                && progress.entrySet().stream().allMatch(one -> {
                    Position end = end(one.getKey());
                    return one.getValue().open.isEmpty()
                            && (end == null || !end.isAfter(one.getValue().looked()));
                });
    }
}
