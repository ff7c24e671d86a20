package io.fjord.ingest.eventstream;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.fjord.contract.Address;
import io.fjord.contract.ingest.eventstream.DeadLetterPolicy;
import io.fjord.contract.ingest.eventstream.EventStreamEvent;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamChanged;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamCreated;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamDeleted;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamFailed;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamReady;
import io.fjord.contract.ingest.eventstream.EvolutionPolicy;
import io.fjord.contract.ingest.eventstream.StreamSettings;
import io.fjord.kernel.Thing;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event stream as its events left it.
 *
 * @param id empty until it was created once; then stable, through deletion and re-creation
 * @param generation counts the settings there were
 * @param begun the generation it was created with the last time
 * @param ready the last generation its topics were made for; 0 for none since it was created
 * @param deadline by when its topics must be there, while they are being made
 * @param reason why it failed
 * @param topics ids of its topics at the broker; null until they are there, and where they were made before ids were told
 */
public record EventStream(
        Address address,
        String id,
        StreamPhase phase,
        StreamSettings settings,
        long generation,
        long begun,
        long ready,
        Instant createdAt,
        @Nullable Instant deadline,
        @Nullable String reason,
        @Nullable List<String> topics)
        implements Thing, EventStreamEvent.Cases<EventStream> {

    private static final StreamSettings NONE =
            new StreamSettings(null, null, 1, 1, null, EvolutionPolicy.REFUSE, DeadLetterPolicy.KEEP, 0, null);

    static EventStream absent(Address address) {
        return new EventStream(address, "", StreamPhase.ABSENT, NONE, 0, 0, 0, Instant.EPOCH, null, null, null);
    }

    public boolean there() {
        return phase != StreamPhase.ABSENT && phase != StreamPhase.DELETED;
    }

    /** Whether events can be produced: its topics were there once, whatever becomes of its new settings. */
    @JsonIgnore
    public boolean takesEvents() {
        return there() && ready > 0;
    }

    @Override
    public EventStream on(EventStreamCreated event) {
        return new EventStream(
                address,
                event.id(),
                StreamPhase.PREPARING,
                event.settings(),
                event.generation(),
                event.generation(),
                0,
                event.createdAt(),
                event.deadline(),
                null,
                null);
    }

    @Override
    public EventStream on(EventStreamChanged event) {
        return new EventStream(
                address,
                id,
                StreamPhase.PREPARING,
                event.settings(),
                event.generation(),
                begun,
                ready,
                createdAt,
                event.deadline(),
                null,
                topics);
    }

    @Override
    public EventStream on(EventStreamReady event) {
        return new EventStream(
                address,
                id,
                StreamPhase.ACTIVE,
                settings,
                generation,
                begun,
                event.generation(),
                createdAt,
                null,
                null,
                event.topics());
    }

    @Override
    public EventStream on(EventStreamFailed event) {
        return new EventStream(
                address,
                id,
                StreamPhase.FAILED,
                settings,
                generation,
                begun,
                ready,
                createdAt,
                null,
                event.reason(),
                topics);
    }

    @Override
    public EventStream on(EventStreamDeleted event) {
        return new EventStream(
                address, id, StreamPhase.DELETED, settings, generation, begun, 0, createdAt, null, null, null);
    }
}
