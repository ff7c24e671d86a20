package io.fjord.launcher.kill;

import io.fjord.contract.Position;
import io.fjord.launcher.kill.History.Result;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that can be known of events on their way in and out: from producers and a receiver, from the stream, its table and the record.
 *
 * @param stream what lies in the stream's topic
 * @param rows the events that the rows of its table are of
 * @param wanted what the subscription is to get, in the order of each journal
 * @param arrivals what the receiver got, as it came
 * @param told the attempts the record tells of
 */
record FlowEvidence(
        List<Produced> produced,
        List<Lying> stream,
        List<String> rows,
        List<Wanted> wanted,
        List<Arrival> arrivals,
        List<Told> told) {

    /**
     * An event as its producer knows it.
     *
     * @param place where it lies, as it was told; null if it was told nothing
     */
    record Produced(String id, Result result, @Nullable Place place) {}

    record Place(int partition, long offset) {}

    record Lying(Place place, String id) {}

    record Wanted(String service, Position position, String eventId, String subject) {}

    /**
     * A request that came whole.
     *
     * @param taken what was answered
     */
    record Arrival(String webhookId, String eventId, String subject, boolean signed, boolean taken) {}

    /** @param status null if nothing was answered */
    record Told(String webhookId, String eventId, @Nullable Integer status) {}
}
