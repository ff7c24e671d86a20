package io.fjord.catalog.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.catalog.Storage;
import io.fjord.kernel.Store;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Tx;
import io.fjord.kernel.VersionConflict;
import io.fjord.platform.sql.SqlTx;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Catalogs as rows of {@code catalog.catalog}; those every domain has get a row with their first change. A row is locked while it
 * is decided on: nothing comes into a catalog that is about to be deleted.
 */
final class CatalogStore implements Store<Catalog> {

    static final String KIND = "catalog";
    static final String COLUMNS = "domain, name, id, version, storage, location, secret_ref, keep_dropped_seconds,"
            + " description, protected, read_only_because, created_micros";

    private final Vault vault;
    private final UnaryOperator<Catalog> builtIn;

    CatalogStore(Vault vault, UnaryOperator<Catalog> builtIn) {
        this.vault = vault;
        this.builtIn = builtIn;
    }

    @Override
    public Future<Map<Address, Stored<Catalog>>> loadAll(Tx tx, Collection<Address> subjects) {
        Map<Address, Stored<Catalog>> found = new HashMap<>();
        Future<Void> loaded = Future.succeededFuture();
        for (Address subject : subjects.stream().sorted().toList()) {
            loaded = loaded.compose(ok -> load(SqlTx.of(tx), subject, found));
        }
        return loaded.map(found);
    }

    /** As it is, without keeping others from changing it. */
    Future<Optional<Stored<Catalog>>> look(Tx tx, Address subject) {
        return SqlTx.of(tx)
                .query(
                        "SELECT " + COLUMNS + " FROM catalog.catalog WHERE domain = ? AND name = ?",
                        subject.domain(),
                        subject.name())
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(read(rows.iterator().next())));
    }

    private Future<Void> load(SqlTx sql, Address subject, Map<Address, Stored<Catalog>> found) {
        return sql.query(
                        "SELECT " + COLUMNS + " FROM catalog.catalog WHERE domain = ? AND name = ? FOR UPDATE",
                        subject.domain(),
                        subject.name())
                .compose(rows -> rows.size() == 0
                        ? Future.succeededFuture()
                        : isOccupied(sql, subject).map(occupied -> {
                            Stored<Catalog> stored = read(rows.iterator().next());
                            found.put(subject, new Stored<>(stored.state().occupied(occupied), stored.version()));
                            return null;
                        }));
    }

    private static Future<Boolean> isOccupied(SqlTx sql, Address subject) {
        return sql.query(
                        "SELECT name FROM catalog.namespace WHERE domain = ? AND catalog = ?"
                                + " UNION ALL SELECT name FROM catalog.dropped_table WHERE domain = ? AND catalog = ?"
                                + " LIMIT 1",
                        subject.domain(),
                        subject.name(),
                        subject.domain(),
                        subject.name())
                .map(rows -> rows.size() > 0);
    }

    @Override
    public Future<Void> saveAll(Tx tx, List<Change<Catalog>> changes) {
        SqlTx sql = SqlTx.of(tx);
        Future<Void> saved = Future.succeededFuture();
        for (Change<Catalog> change : changes) {
            String before = change.before().state().secretRef();
            String after = change.after().state().secretRef();
            saved = saved.compose(ok -> save(sql, change));
            if (before != null && !before.equals(after)) {
                saved = saved.compose(ok -> vault.remove(sql, before));
            }
            if (after != null && !after.equals(before)) {
                saved = saved.compose(ok -> vault.markReferenced(sql, after));
            }
        }
        return saved;
    }

    private static Future<Void> save(SqlTx sql, Change<Catalog> change) {
        Catalog catalog = change.after().state();
        Storage storage = catalog.storage();
        Address address = change.subject();
        String text = storage == null ? null : Json.text(storage);
        if (change.before().version() == 0) {
            return sql.query(
                            "INSERT INTO catalog.catalog (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                            address.domain(),
                            address.name(),
                            catalog.id(),
                            change.after().version(),
                            text,
                            catalog.location(),
                            catalog.secretRef(),
                            catalog.keepDroppedSeconds(),
                            catalog.description(),
                            catalog.isProtected(),
                            catalog.readOnlyBecause(),
                            micros(catalog.createdAt()))
                    .mapEmpty();
        }
        return sql.query(
                        "UPDATE catalog.catalog SET id = ?, version = ?, storage = ?, location = ?, secret_ref = ?,"
                                + " keep_dropped_seconds = ?, description = ?, protected = ?, read_only_because = ?,"
                                + " created_micros = ? WHERE domain = ? AND name = ? AND version = ?",
                        catalog.id(),
                        change.after().version(),
                        text,
                        catalog.location(),
                        catalog.secretRef(),
                        catalog.keepDroppedSeconds(),
                        catalog.description(),
                        catalog.isProtected(),
                        catalog.readOnlyBecause(),
                        micros(catalog.createdAt()),
                        address.domain(),
                        address.name(),
                        change.before().version())
                .compose(rows -> rows.rowCount() == 1
                        ? Future.succeededFuture()
                        : Future.failedFuture(new VersionConflict(address + " is no longer at version "
                                + change.before().version())));
    }

    Stored<Catalog> read(Row row) {
        String text = row.getString("storage");
        Address address = new Address(row.getString("domain"), KIND, row.getString("name"));
        Catalog read = new Catalog(
                address,
                row.getString("id"),
                text == null ? null : storage(text),
                row.getString("location"),
                row.getString("secret_ref"),
                row.getLong("keep_dropped_seconds"),
                row.getString("description"),
                row.getBoolean("protected"),
                row.getString("read_only_because"),
                Instant.EPOCH.plus(row.getLong("created_micros"), ChronoUnit.MICROS),
                false);
        return new Stored<>(read.id().isEmpty() ? likeBuiltIn(read) : read, row.getLong("version"));
    }

    /** Where the platform's storage is, its settings say today; not the row of the day it was written. */
    private Catalog likeBuiltIn(Catalog read) {
        Catalog now = builtIn.apply(Catalog.absent(read.address()));
        return new Catalog(
                read.address(),
                "",
                now.storage(),
                now.location(),
                null,
                read.keepDroppedSeconds(),
                read.description(),
                read.isProtected(),
                read.readOnlyBecause(),
                read.createdAt(),
                false);
    }

    private static Storage storage(String text) {
        try {
            return Objects.requireNonNull(Json.MAPPER.readValue(text, Storage.class));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The storage of a catalog cannot be read", e);
        }
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }
}
