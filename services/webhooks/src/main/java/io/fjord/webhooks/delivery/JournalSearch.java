package io.fjord.webhooks.delivery;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Journals;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Looks into journals: one event, or where a time stands. */
public final class JournalSearch {

    private final Journals journals;

    public JournalSearch(Journals journals) {
        this.journals = journals;
    }

    Future<List<EventEnvelope<byte[]>>> after(String source, Position position, int limit) {
        return journals.after(source, position, limit);
    }

    Future<Optional<EventEnvelope<byte[]>>> at(Place place) {
        return first(place.source(), Place.before(place.position()))
                .map(found -> found.filter(event -> event.position().equals(place.position())));
    }

    private Future<Optional<EventEnvelope<byte[]>>> first(String source, Position after) {
        return journals.after(source, after, 1)
                .map(events -> events.isEmpty() ? Optional.empty() : Optional.of(events.get(0)));
    }

    /** The position before the first event that is not older; by bisection, for times grow along a journal. */
    Future<Position> before(String source, Instant time, Position end) {
        // The epoch the time lies in: the latest one that begins before it.
        return inEpoch(source, time, end.epoch(), end);
    }

    private Future<Position> inEpoch(String source, Instant time, long epoch, Position end) {
        if (epoch == 1) {
            return bisect(source, time, 1, 0, end.n());
        }
        return first(source, new Position(epoch, 0))
                .compose(found -> found.isPresent() && found.get().time().isBefore(time)
                        ? bisect(source, time, epoch, 0, end.n())
                        : inEpoch(source, time, epoch - 1, end));
    }

    /** The greatest n in low..high such that all up to it are older. */
    private Future<Position> bisect(String source, Instant time, long epoch, long low, long high) {
        if (low >= high) {
            return Future.succeededFuture(new Position(epoch, low));
        }
        long middle = (low + high) >>> 1;
        return first(source, new Position(epoch, middle))
                .compose(found -> found.isPresent() && found.get().time().isBefore(time)
                        ? bisect(source, time, epoch, middle + 1, high)
                        : bisect(source, time, epoch, low, middle));
    }
}
