package io.fjord.catalog.iceberg;

import com.fasterxml.jackson.core.type.TypeReference;
import io.fjord.catalog.catalog.Catalog;
import io.fjord.catalog.catalog.Catalogs;
import io.fjord.codec.Json;
import io.fjord.contract.catalog.catalog.Storage;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.exceptions.ServiceUnavailableException;
import org.apache.iceberg.io.FileIO;

/** The storages of all catalogs, each opened once with its own keys. */
final class Storages {

    private static final TypeReference<Map<String, String>> CREDENTIALS = new TypeReference<>() {};

    /** A catalog with its files at hand. */
    record Place(Warehouse warehouse, Catalog catalog, CatalogFiles files) {

        Storage storage() {
            return Objects.requireNonNull(catalog.storage());
        }
    }

    private record Key(Storage storage, String secretRef) {}

    private final Catalogs catalogs;
    private final Vault vault;
    private final WorkerExecutor worker;
    private final FileIO platform;
    private final Uploads uploads;
    private final Map<String, String> platformKeys;
    private final int connections;
    private final Map<Key, Future<FileIO>> opened = new ConcurrentHashMap<>();

    /**
     * @param platform the storage of catalogs that have none of their own
     * @param uploads the short way to write to it
     * @param platformKeys accessKeyId and secretAccessKey of it
     * @param connections that one storage is asked over at once
     */
    Storages(
            Catalogs catalogs,
            Vault vault,
            WorkerExecutor worker,
            FileIO platform,
            Uploads uploads,
            Map<String, String> platformKeys,
            int connections) {
        this.catalogs = catalogs;
        this.vault = vault;
        this.worker = worker;
        this.platform = platform;
        this.uploads = uploads;
        this.platformKeys = Map.copyOf(platformKeys);
        this.connections = connections;
    }

    Catalogs catalogs() {
        return catalogs;
    }

    /** @return empty if there is no such catalog */
    Future<Optional<Place>> find(Warehouse warehouse) {
        return catalogs.find(warehouse.domain(), warehouse.catalog())
                .compose(found -> found.isEmpty()
                        ? Future.succeededFuture(Optional.empty())
                        : open(found.get()).map(Optional::of));
    }

    Future<Place> open(Catalog catalog) {
        Warehouse warehouse =
                new Warehouse(catalog.address().domain(), catalog.address().name());
        return io(catalog)
                .map(io -> new Place(
                        warehouse, catalog, new CatalogFiles(io, io == platform ? uploads : null, catalog.location())));
    }

    private synchronized Future<FileIO> io(Catalog catalog) {
        String ref = catalog.secretRef();
        Storage storage = Objects.requireNonNull(catalog.storage());
        if (ref == null && storage.roleArn() == null) {
            return Future.succeededFuture(platform);
        }
        Key key = new Key(storage, ref == null ? "" : ref);
        Future<FileIO> known = opened.get(key);
        if (known != null && !known.failed()) {
            return known;
        }
        Future<FileIO> opening =
                keys(catalog).compose(keys -> worker.executeBlocking(() -> open(storage, keys), false));
        opened.put(key, opening);
        return opening;
    }

    /** What the storage of a catalog is opened with; empty for the machine's own identity. */
    Future<Map<String, String>> keys(Catalog catalog) {
        String ref = catalog.secretRef();
        if (ref == null) {
            boolean platforms = Objects.requireNonNull(catalog.storage()).roleArn() == null;
            return Future.succeededFuture(platforms ? platformKeys : Map.of());
        }
        return vault.getText(ref).compose(text -> {
            try {
                return Future.succeededFuture(Json.MAPPER.readValue(text, CREDENTIALS));
            } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
                // Without the cause: it quotes the text.
                return Future.failedFuture(new IllegalStateException("The keys in the vault cannot be read"));
            }
        });
    }

    private FileIO open(Storage storage, Map<String, String> keys) {
        Map<String, String> settings = new LinkedHashMap<>(StorageSettings.ofService(storage, keys));
        settings.put("http-client.apache.max-connections", Integer.toString(connections));
        try {
            return CatalogUtil.loadFileIO(StorageSettings.implementation(storage), settings, null);
        } catch (IllegalArgumentException e) {
            throw new ServiceUnavailableException(
                    e, "This installation cannot open storage of type %s: its library is missing", storage.type());
        }
    }

    Future<Void> close() {
        opened.values().forEach(one -> one.onSuccess(FileIO::close));
        return uploads.close();
    }
}
