package io.fjord.ingest.schema;

import io.fjord.contract.Address;
import io.fjord.ingest.schema.EventSchema.Version;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Stored;
import io.fjord.platform.sql.RowStore;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/** Finds versions of schemas for those who need what they say. */
public final class SchemaVersions {

    private final Metastore metastore;
    private final RowStore<EventSchema> store;

    SchemaVersions(Metastore metastore, RowStore<EventSchema> store) {
        this.metastore = metastore;
        this.store = store;
    }

    public Future<Optional<Version>> find(Address schema, int version) {
        return metastore
                .snapshot(tx -> store.loadAll(tx, List.of(schema)))
                .map(at -> Optional.ofNullable(at.value().get(schema))
                        .map(Stored::state)
                        .flatMap(state -> state.version(version)));
    }
}
