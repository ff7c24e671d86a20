package io.fjord.catalog;

import io.fjord.catalog.explorer.SensitiveClassifications;
import io.fjord.catalog.iceberg.ObjectStorage;
import io.fjord.embedded.DatabaseAddress;
import io.fjord.embedded.ObjectStore;
import io.fjord.platform.http.Actor;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.rest.RESTCatalog;

/** The service on real servers, as Iceberg's own tests want it: to everybody its operator's. */
final class ServedCatalog implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx();
    private final CatalogVerticle service;
    private final RESTCatalog client;
    private final String accessKey;
    private final String secretKey;

    ServedCatalog(DatabaseAddress database) throws Exception {
        this(
                TestServers.kafka().bootstrapServers(),
                database.url(),
                TestServers.objectStore().endpoint(),
                TestServers.objectStore().accessKey(),
                TestServers.objectStore().secretKey());
    }

    ServedCatalog(String kafka, String database, String store, String accessKey, String secretKey) throws Exception {
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        service = new CatalogVerticle(new CatalogConfig(
                new KafkaConfig(kafka),
                database,
                new ObjectStorage(store, "us-east-1", accessKey, secretKey, ObjectStore.BUCKET, true),
                store,
                Set.of("default"),
                "127.0.0.1",
                0,
                request -> Future.succeededFuture(new Actor("user:operator")),
                new byte[32],
                List.of(),
                TestServers.newHome("search").root(),
                Duration.ZERO,
                false,
                false,
                SensitiveClassifications.DEFAULT));
        done(vertx.deployVerticle(service));
        client = client("fjord", Map.of());
    }

    String uri() {
        return "http://127.0.0.1:" + service.httpPort() + "/iceberg";
    }

    RESTCatalog client() {
        return client;
    }

    RESTCatalog client(String name, Map<String, String> more) {
        Map<String, String> properties = new HashMap<>(Map.of(
                "uri",
                uri(),
                "warehouse",
                "default",
                "token",
                "any",
                "s3.access-key-id",
                accessKey,
                "s3.secret-access-key",
                secretKey));
        // What the tests take for the settings of every catalog.
        properties.putAll(Map.of(
                "table-default.default-key1", "catalog-default-key1",
                "table-default.default-key2", "catalog-default-key2",
                "table-default.override-key3", "catalog-default-key3",
                "table-override.override-key3", "catalog-override-key3",
                "table-override.override-key4", "catalog-override-key4",
                "view-default.key1", "catalog-default-key1",
                "view-default.key2", "catalog-default-key2",
                "view-default.key3", "catalog-default-key3",
                "view-override.key3", "catalog-override-key3",
                "view-override.key4", "catalog-override-key4"));
        properties.putAll(more);
        RESTCatalog catalog = new RESTCatalog();
        catalog.initialize(name, properties);
        return catalog;
    }

    /** Leaves nothing in it. */
    void empty() {
        client.listNamespaces().forEach(this::drop);
    }

    private void drop(Namespace namespace) {
        client.listNamespaces(namespace).forEach(this::drop);
        client.listViews(namespace).forEach(client::dropView);
        client.listTables(namespace).forEach(table -> client.dropTable(table, false));
        client.dropNamespace(namespace);
    }

    @Override
    public void close() throws Exception {
        client.close();
        done(vertx.close());
    }

    private static void done(Future<?> future) throws Exception {
        future.toCompletionStage().toCompletableFuture().get(5, TimeUnit.MINUTES);
    }
}
