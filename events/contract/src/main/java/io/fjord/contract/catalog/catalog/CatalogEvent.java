package io.fjord.contract.catalog.catalog;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** All that can have happened to a catalog. */
public sealed interface CatalogEvent {

    <R> R match(Cases<R> cases);

    /** @param id stable through deletion and re-creation under the same name */
    record CatalogCreated(
            String id,
            Storage storage,
            String location,
            @Nullable String secretRef,
            @Nullable Long keepDroppedSeconds,
            @Nullable String description,
            Instant createdAt)
            implements CatalogEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** As it is from now on. */
    record CatalogChanged(
            Storage storage,
            @Nullable String secretRef,
            @Nullable Long keepDroppedSeconds,
            @Nullable String description,
            boolean isProtected)
            implements CatalogEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record CatalogDeleted() implements CatalogEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Its tables can be read and nothing else until its storage works again. */
    record CatalogBecameReadOnly(String reason) implements CatalogEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record CatalogBecameWritable() implements CatalogEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CatalogCreated event);

        R on(CatalogChanged event);

        R on(CatalogDeleted event);

        R on(CatalogBecameReadOnly event);

        R on(CatalogBecameWritable event);
    }
}
