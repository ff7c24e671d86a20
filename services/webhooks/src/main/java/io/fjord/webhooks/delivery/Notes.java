package io.fjord.webhooks.delivery;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What deliveries know of before the process that makes them began. */
interface Notes {

    /** How far a course of a subscription is with a service. */
    record CourseAt(String subscriptionId, String course, String source, Position position) {}

    /** A delivery of a subscription as it is now. */
    record Kept(String subscriptionId, Delivery delivery) {}

    /** A delivery that is to be tried again. */
    record Due(Place place, Address subject, Instant due) {}

    /**
     * What became of deliveries, how far that brings the courses, replays that are through, and how far the journals are read: all
     * of it or nothing.
     */
    Future<Void> save(List<Kept> deliveries, List<CourseAt> courses, List<String> through, Map<String, Position> read);

    /** How far the journals are read. */
    Future<Map<String, Position>> read();

    Future<Map<String, Position>> course(String subscriptionId, String course);

    /** Deliveries of a subscription behind a position: its course has passed over them before it could say so. */
    Future<List<Place>> after(String subscriptionId, String source, Position position);

    /** Those due first. */
    Future<List<Due>> retrying(String subscriptionId, int most);

    Future<@Nullable Instant> lastDelivered(String subscriptionId);

    Future<Optional<Delivery>> one(String subscriptionId, Place place);

    /** All that was not taken is due at once. */
    Future<Void> resume(String subscriptionId, Instant now);

    /** Where a replay begins and ends is known. */
    Future<Void> begin(String subscriptionId, Replay replay, Map<String, Position> starts);

    Future<List<Replay>> replays(String subscriptionId);
}
