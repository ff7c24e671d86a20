package io.fjord.ingest.eventstream;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.ingest.eventstream.EventStreamCommand;
import io.fjord.contract.ingest.eventstream.EventStreamEvent;
import io.fjord.contract.ingest.eventstream.EventStreamObservation;
import io.fjord.ingest.row.DetailTable;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import io.fjord.kernel.Metastore;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import java.util.List;
import java.util.Set;

/** Event streams: what they are made of. */
public final class EventStreamCapability implements Capability {

    public static final String KIND = "event-stream";

    private final RowStore<EventStream> store =
            new RowStore<>(new DetailTable<>(KIND, "event_stream", EventStream.class, EventStream::there));
    private final Aggregate<EventStreamCommand, EventStream, EventStreamEvent> aggregate = new Aggregate<>(
            KIND, EventStreamCommand.class, EventStreamEvent.class, new EventStreamDecider(), store, Set.of());

    public Listing<EventStream> listing(Metastore metastore, MessageTypes types) {
        return new Listing<>(metastore, types, store, aggregate);
    }

    public static MessageTypes messages(MessageTypes types) {
        return types.add("ingest", KIND, EventStreamCommand.class)
                .add("ingest", KIND, EventStreamEvent.class)
                .add("ingest", KIND, EventStreamObservation.class);
    }

    @Override
    public void register(MessageTypes types) {
        messages(types);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }
}
