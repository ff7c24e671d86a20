package io.fjord.catalog.catalog;

import io.fjord.contract.Address;
import io.fjord.contract.catalog.catalog.CatalogEvent;
import io.fjord.contract.catalog.catalog.CatalogEvent.CatalogBecameReadOnly;
import io.fjord.contract.catalog.catalog.CatalogEvent.CatalogBecameWritable;
import io.fjord.contract.catalog.catalog.CatalogEvent.CatalogChanged;
import io.fjord.contract.catalog.catalog.CatalogEvent.CatalogCreated;
import io.fjord.contract.catalog.catalog.CatalogEvent.CatalogDeleted;
import io.fjord.contract.catalog.catalog.Storage;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A catalog as its events left it: what an Iceberg client calls a warehouse.
 *
 * @param id empty until it was created once; then stable; that of one every domain has stays empty
 * @param storage null if there is no such catalog
 * @param location below which its files are, with a slash at its end
 * @param secretRef vault row with the keys to the storage; null for the platform's own
 * @param keepDroppedSeconds null for the platform's default
 * @param readOnlyBecause null if it can be written
 * @param occupied whether there is anything in it; known where it is decided on, not told by events
 */
public record Catalog(
        Address address,
        String id,
        @Nullable Storage storage,
        String location,
        @Nullable String secretRef,
        @Nullable Long keepDroppedSeconds,
        @Nullable String description,
        boolean isProtected,
        @Nullable String readOnlyBecause,
        Instant createdAt,
        boolean occupied)
        implements CatalogEvent.Cases<Catalog> {

    /** The catalog a domain has without having asked for it. */
    public static final String DEFAULT = "default";

    static Catalog absent(Address address) {
        return new Catalog(address, "", null, "", null, null, null, false, null, Instant.EPOCH, false);
    }

    static Catalog builtIn(Address address, Storage storage, String location) {
        return new Catalog(address, "", storage, location, null, null, null, false, null, Instant.EPOCH, false);
    }

    public boolean exists() {
        return storage != null;
    }

    /** Whether it is one of those every domain has: it cannot be deleted, and its storage is the platform's. */
    boolean isBuiltIn() {
        return exists() && id.isEmpty();
    }

    Catalog occupied(boolean now) {
        return new Catalog(
                address,
                id,
                storage,
                location,
                secretRef,
                keepDroppedSeconds,
                description,
                isProtected,
                readOnlyBecause,
                createdAt,
                now);
    }

    @Override
    public Catalog on(CatalogCreated event) {
        return new Catalog(
                address,
                event.id(),
                event.storage(),
                event.location(),
                event.secretRef(),
                event.keepDroppedSeconds(),
                event.description(),
                false,
                null,
                event.createdAt(),
                false);
    }

    @Override
    public Catalog on(CatalogChanged event) {
        return new Catalog(
                address,
                id,
                event.storage(),
                location,
                event.secretRef(),
                event.keepDroppedSeconds(),
                event.description(),
                event.isProtected(),
                readOnlyBecause,
                createdAt,
                occupied);
    }

    @Override
    public Catalog on(CatalogDeleted event) {
        return new Catalog(address, id, null, "", null, null, null, false, null, createdAt, false);
    }

    @Override
    public Catalog on(CatalogBecameReadOnly event) {
        return readOnly(event.reason());
    }

    @Override
    public Catalog on(CatalogBecameWritable event) {
        return readOnly(null);
    }

    private Catalog readOnly(@Nullable String because) {
        return new Catalog(
                address,
                id,
                storage,
                location,
                secretRef,
                keepDroppedSeconds,
                description,
                isProtected,
                because,
                createdAt,
                occupied);
    }
}
