package io.fjord.ingest.produce;

import io.fjord.contract.Address;
import io.fjord.ingest.produce.RecentEvents.Name;
import io.fjord.ingest.produce.RecentEvents.Place;
import io.fjord.platform.kafka.StreamReader.Lying;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Knows which events are in a stream, and which are on their way into it. What it knows it can read back from the topic, so a
 * process that starts knows what the one before it knew.
 *
 * <p>Its promise: within the window, two events of one source and id become one record, whoever sends them, at whatever time, also
 * at once, and also across a restart. It holds for one process at a time; what a broker still has of a request that got no
 * answer is waited for before the topic is read back. Where there is no room for the window the promise holds for what came
 * {@link #shortened since} a later time, which is told with every answer.
 */
final class Deduplication {

    /** Some 70 MB at most for one stream, in two tables; the {@link DeduplicationRoom} bounds all of them. */
    private static final int MOST_IN_ONE = 1_000_000;

    private final long windowMillis;
    private final RecentEvents recent;
    private final DeduplicationRoom room;
    private final Map<Name, Promise<Result>> onTheWay = new HashMap<>();
    private @Nullable Promise<Void> emptied;
    private boolean doubtful;

    /** Has to {@link DeduplicationRoom#leave leave} the room in the end. */
    Deduplication(long windowMillis, DeduplicationRoom room, Address stream, long now) {
        this.windowMillis = windowMillis;
        this.recent = new RecentEvents(windowMillis, MOST_IN_ONE, now - windowMillis);
        this.room = room;
        room.enter(this, stream);
    }

    /** What a record of the topic says. */
    void learn(Lying record) {
        String source = record.headers().get("ce_source");
        String id = record.headers().get("ce_id");
        if (source != null && id != null) {
            long time = record.time().toEpochMilli();
            boolean grew;
            synchronized (this) {
                grew = put(
                        Name.of(source, id),
                        record.partition(),
                        record.offset(),
                        RecentEvents.print(record.value()),
                        time);
            }
            if (grew) {
                room.keep(time);
            }
        }
    }

    private boolean put(Name name, int partition, long offset, long print, long now) {
        long before = recent.bytes();
        recent.put(name, partition, offset, print, now);
        return recent.bytes() > before;
    }

    /** What is known of an event. */
    sealed interface Known {

        /** Nothing: it is the caller's to send, and to {@link #settle}. */
        record New() implements Known {}

        record There(Place place) implements Known {}

        /** Another request sends it; completes as that one's. */
        record OnItsWay(Future<Result> result) implements Known {}

        /** It is not known what became of some events: the topic has to be read back first. */
        record Doubtful() implements Known {}
    }

    synchronized Known claim(Name name) {
        if (doubtful) {
            return new Known.Doubtful();
        }
        Place place = recent.find(name);
        if (place != null) {
            return new Known.There(place);
        }
        Promise<Result> sent = onTheWay.get(name);
        if (sent != null) {
            return new Known.OnItsWay(sent.future());
        }
        onTheWay.put(name, Promise.promise());
        return new Known.New();
    }

    /**
     * What became of an event that was claimed.
     *
     * @param unknown it may be in the topic, or come to be
     */
    void settle(Name name, long print, Result result, boolean unknown, long now) {
        Promise<Result> sent;
        Promise<Void> last = null;
        boolean grew = false;
        synchronized (this) {
            sent = onTheWay.remove(name);
            Integer partition = result.partition();
            Long offset = result.offset();
            if (result.result() == Result.Fate.ACCEPTED && partition != null && offset != null) {
                grew = put(name, partition, offset, print, now);
            }
            doubtful |= unknown;
            if (onTheWay.isEmpty()) {
                last = emptied;
            }
        }
        if (grew) {
            room.keep(now);
        }
        if (sent != null) {
            sent.tryComplete(result);
        }
        if (last != null) {
            last.tryComplete();
        }
    }

    synchronized boolean isDoubtful() {
        return doubtful;
    }

    /** Nothing more is let in; completes when nothing is on its way. */
    synchronized Future<Void> drained() {
        doubtful = true;
        if (onTheWay.isEmpty()) {
            return Future.succeededFuture();
        }
        if (emptied == null) {
            emptied = Promise.promise();
        }
        return emptied.future();
    }

    synchronized int size() {
        return recent.size();
    }

    synchronized long bytes() {
        return recent.bytes();
    }

    /** It knows what came later than that, if that is not the whole window; else null. */
    synchronized @Nullable Long shortened(long now) {
        return !doubtful && recent.since() > now - windowMillis ? (Long) recent.since() : null;
    }

    /** Of one that is in doubt: it is asked no more. */
    synchronized void forget() {
        recent.forget();
    }

    synchronized void forgetTheOld(long now) {
        recent.forgetTheOld(now);
    }

    synchronized void giveUpTheOlder(long now) {
        recent.giveUpTheOlder(now);
    }
}
