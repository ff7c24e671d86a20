package io.fjord.catalog;

import static io.fjord.catalog.DataCatalogServer.OPERATOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.catalog.DataCatalogServer.Answer;
import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.embedded.ObjectStore;
import io.fjord.testing.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.Table;
import org.junit.jupiter.api.Test;

final class DataCatalogOnPostgresIT extends DataCatalogContract {

    @Override
    DatabaseServer databaseServer() {
        return TestServers.newPostgres(TestServers.newHome("data-catalog"), Durability.NONE);
    }

    @Test
    void a_catalog_whose_storage_takes_no_files_can_only_be_read_until_it_does_again() throws IOException {
        Table orders = table("sales", "kept");
        Path bucket = TestServers.objectStore().folder().resolve(ObjectStore.BUCKET);
        Path away = bucket.resolveSibling("away");
        String catalog = "/api/v1/catalogs/default";
        Files.move(bucket, away);
        try {
            JsonNode broken = eventually(catalog, body -> body.has("readOnlyBecause"));
            assertThat(broken.path("readOnlyBecause").asText()).startsWith("its storage does not take files: ");
            AtomicInteger asked = new AtomicInteger();
            // What a request knows of a catalog is up to a second old.
            Answer refused = await().until(
                            () -> server().call(
                                            OPERATOR,
                                            "POST",
                                            "/iceberg/v1/default/namespaces",
                                            "{\"namespace\":[\"late-" + asked.incrementAndGet()
                                                    + "\"],\"properties\":{}}"),
                            answer -> answer.status() != 200);
            assertThat(refused.status()).as(String.valueOf(refused.body())).isEqualTo(503);
            assertThat(refused.body().at("/error/message").asText()).contains("can only be read", "take files");
            assertThat(refused.header("Retry-After")).isNotEmpty();
            assertThat(server().get(OPERATOR, "/iceberg/v1/default/namespaces/sales/tables/kept")
                            .has("metadata"))
                    .isTrue();
        } finally {
            Files.move(away, bucket);
        }

        eventually(catalog, body -> !body.has("readOnlyBecause") && body.has("location"));
        orders.updateProperties().set("comment", "written again").commit();
        assertThat(told("CatalogBecame")).containsExactly("CatalogBecameReadOnly", "CatalogBecameWritable");
    }

    /** What the journal says of the catalog itself, in its order. */
    private List<String> told(String what) {
        List<String> told = new ArrayList<>();
        for (JsonNode event : server().get(OPERATOR, "/api/v1/events?service=catalog&limit=1000")
                .path("events")) {
            String type = event.path("type").asText().replaceAll(".*\\.(\\w+)\\.v\\d+", "$1");
            if (type.startsWith(what)) {
                told.add(type);
            }
        }
        return told;
    }
}
