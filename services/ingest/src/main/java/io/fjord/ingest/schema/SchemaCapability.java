package io.fjord.ingest.schema;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.ingest.schema.SchemaCommand;
import io.fjord.contract.ingest.schema.SchemaEvent;
import io.fjord.ingest.row.DetailTable;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import io.fjord.kernel.Metastore;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import java.util.List;
import java.util.Set;

/** Schemas of events: what they are made of. */
public final class SchemaCapability implements Capability {

    public static final String KIND = "schema";

    private final RowStore<EventSchema> store =
            new RowStore<>(new DetailTable<>(KIND, "event_schema", EventSchema.class, EventSchema::there));
    private final Aggregate<SchemaCommand, EventSchema, SchemaEvent> aggregate =
            new Aggregate<>(KIND, SchemaCommand.class, SchemaEvent.class, new SchemaDecider(), store, Set.of());

    Listing<EventSchema> listing(Metastore metastore, MessageTypes types) {
        return new Listing<>(metastore, types, store, aggregate);
    }

    /** Looks versions up, those of deleted schemas too. */
    public SchemaVersions versions(Metastore metastore) {
        return new SchemaVersions(metastore, store);
    }

    public static MessageTypes messages(MessageTypes types) {
        return types.add("ingest", KIND, SchemaCommand.class).add("ingest", KIND, SchemaEvent.class);
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
