package io.fjord.catalog.iceberg;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.catalog.iceberg.MetadataCache.Kept;
import io.fjord.catalog.iceberg.Storages.Place;
import io.fjord.codec.Json;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/** Tables as they are answered: the bytes of the metadata file between a few of our own, and how to reach the data. */
final class TableReplies {

    private final MetadataCache cache;
    private final Vending vending;
    private final WorkerExecutor worker;

    TableReplies(MetadataCache cache, Vending vending, WorkerExecutor worker) {
        this.cache = cache;
        this.vending = vending;
        this.worker = worker;
    }

    /** @param refs whether only snapshots are told that a branch or tag names */
    Future<Reply> table(Call call, Place place, TableIdentifier name, Kept table, boolean refs) {
        // Reading metadata takes its time, big as it can be; its bytes alone are answered without.
        boolean plain = !refs && !Vending.isAskedFor(call);
        Future<byte[]> metadata = plain
                ? Future.succeededFuture(table.json())
                : worker.executeBlocking(
                        () -> {
                            table.metadata();
                            return refs ? referenced(table).json() : table.json();
                        },
                        false);
        return metadata.compose(json -> vending.access(call, place, name, table::metadata)
                .map(access -> reply(table.location(), json, access).header("ETag", etag(table.location(), refs))));
    }

    /** A table that is not there yet. */
    Future<Reply> staged(Call call, Place place, TableIdentifier name, TableMetadata metadata) {
        byte[] json = TableMetadataParser.toJson(metadata).getBytes(StandardCharsets.UTF_8);
        return vending.access(call, place, name, () -> metadata).map(access -> reply(null, json, access));
    }

    private static Reply reply(@Nullable String location, byte[] metadata, Vending.Access access) {
        Buffer body = Buffer.buffer(metadata.length + 1_024).appendString("{");
        if (location != null) {
            body.appendString("\"metadata-location\":")
                    .appendBytes(Json.bytes(location))
                    .appendString(",");
        }
        body.appendString("\"metadata\":")
                .appendBytes(metadata)
                .appendString(",\"config\":")
                .appendBytes(Json.bytes(access.config()));
        if (!access.credentials().isEmpty()) {
            body.appendString(",\"storage-credentials\":").appendBytes(Json.bytes(access.credentials()));
        }
        return Reply.bytes("application/json", body.appendString("}"));
    }

    private Kept referenced(Kept table) {
        String as = table.location() + "#refs";
        return cache.ifThere(as).orElseGet(() -> cache.put(as, onlyReferenced(table.json())));
    }

    private static byte[] onlyReferenced(byte[] json) {
        try {
            ObjectNode metadata = (ObjectNode) Json.MAPPER.readTree(json);
            Set<Long> named = new HashSet<>();
            metadata.path("refs")
                    .forEach(ref -> named.add(ref.path("snapshot-id").asLong()));
            named.add(metadata.path("current-snapshot-id").asLong(-1));
            ArrayNode kept = Json.MAPPER.createArrayNode();
            for (JsonNode snapshot : metadata.path("snapshots")) {
                if (named.contains(snapshot.path("snapshot-id").asLong())) {
                    kept.add(snapshot);
                }
            }
            metadata.set("snapshots", kept);
            return Json.MAPPER.writeValueAsBytes(metadata);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String etag(String metadataLocation, boolean refs) {
        String hash = Ids.sha256((metadataLocation + " " + (refs ? "REFS" : "ALL")).getBytes(StandardCharsets.UTF_8));
        return "\"" + hash.substring(0, 32) + "\"";
    }
}
