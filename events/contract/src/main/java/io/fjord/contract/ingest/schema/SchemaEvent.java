package io.fjord.contract.ingest.schema;

import java.time.Instant;

/** All that can have happened to a schema of events. */
public sealed interface SchemaEvent {

    <R> R match(Cases<R> cases);

    /**
     * @param id stable through deletion and re-creation under the same name
     * @param version counts from 1, also through deletion
     */
    record SchemaRegistered(
            String id,
            int version,
            SchemaFormat format,
            String definition,
            Compatibility compatibility,
            Instant registeredAt)
            implements SchemaEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record CompatibilityChanged(Compatibility compatibility) implements SchemaEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record SchemaDeleted() implements SchemaEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(SchemaRegistered event);

        R on(CompatibilityChanged event);

        R on(SchemaDeleted event);
    }
}
