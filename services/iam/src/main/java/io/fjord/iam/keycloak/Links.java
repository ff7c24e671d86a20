package io.fjord.iam.keycloak;

import io.fjord.codec.Json;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Who is who in Keycloak: rows of {@code iam.keycloak_link}. */
final class Links {

    static final String USER = "user";
    static final String GROUP = "group";

    private final Database database;

    Links(Database database) {
        this.database = database;
    }

    /** @param name here */
    record Link(String name, String keycloakId, Seen seen) {}

    Future<Optional<Link>> named(String kind, String name) {
        return first("kind = ? AND name = ?", kind, name);
    }

    Future<Optional<Link>> of(String kind, String keycloakId) {
        return first("kind = ? AND keycloak_id = ?", kind, keycloakId);
    }

    private Future<Optional<Link>> first(String where, String kind, String value) {
        return database.query(
                        "SELECT name, keycloak_id, seen FROM iam.keycloak_link WHERE " + where
                                + " ORDER BY name LIMIT 1",
                        kind,
                        value)
                .map(Links::links)
                .map(links -> links.stream().findFirst());
    }

    Future<List<Link>> all(String kind) {
        return database.query("SELECT name, keycloak_id, seen FROM iam.keycloak_link WHERE kind = ?", kind)
                .map(Links::links);
    }

    private static List<Link> links(RowSet<Row> rows) {
        List<Link> links = new ArrayList<>();
        rows.forEach(row ->
                links.add(new Link(row.getString(0), row.getString(1), Json.read(row.getString(2), Seen.class))));
        return links;
    }

    Future<Void> save(String kind, String name, String keycloakId, Seen seen) {
        return database.transaction(tx -> tx.upsert(
                "iam.keycloak_link",
                List.of("kind", "name"),
                List.of("keycloak_id", "seen"),
                List.of(Tuple.of(kind, name, keycloakId, Json.text(seen)))));
    }

    Future<Void> forget(String kind, String name) {
        return database.query("DELETE FROM iam.keycloak_link WHERE kind = ? AND name = ?", kind, name)
                .mapEmpty();
    }
}
