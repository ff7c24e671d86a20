package io.fjord.ingest.produce;

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
 * answer is waited for before the topic is read back.
 */
final class Deduplication {

    /** Some 70 MB at most for one stream, in two tables. */
    private static final int MOST_IN_ONE = 1_000_000;

    private final RecentEvents recent;
    private final Map<Name, Promise<Result>> onTheWay = new HashMap<>();
    private @Nullable Promise<Void> emptied;
    private boolean doubtful;

    Deduplication(long windowMillis, long now) {
        this.recent = new RecentEvents(windowMillis, MOST_IN_ONE, now - windowMillis);
    }

    /** What a record of the topic says. */
    synchronized void learn(Lying record) {
        String source = record.headers().get("ce_source");
        String id = record.headers().get("ce_id");
        if (source != null && id != null) {
            recent.put(
                    Name.of(source, id),
                    record.partition(),
                    record.offset(),
                    RecentEvents.print(record.value()),
                    record.time().toEpochMilli());
        }
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
        synchronized (this) {
            sent = onTheWay.remove(name);
            Integer partition = result.partition();
            Long offset = result.offset();
            if (result.result() == Result.Fate.ACCEPTED && partition != null && offset != null) {
                recent.put(name, partition, offset, print, now);
            }
            doubtful |= unknown;
            if (onTheWay.isEmpty()) {
                last = emptied;
            }
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

    synchronized long since() {
        return recent.since();
    }
}
