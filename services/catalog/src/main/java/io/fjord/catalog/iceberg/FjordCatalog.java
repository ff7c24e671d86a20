package io.fjord.catalog.iceberg;

import io.fjord.catalog.iceberg.CatalogStore.EntryAt;
import io.fjord.catalog.iceberg.CatalogStore.Purge;
import io.fjord.catalog.iceberg.CatalogStore.Sql;
import io.fjord.catalog.iceberg.Entry.Kind;
import io.fjord.catalog.iceberg.MetadataCache.Kept;
import io.fjord.catalog.iceberg.Storages.Place;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.contract.catalog.namespace.NamespaceEvent.NamespaceCreated;
import io.fjord.contract.catalog.namespace.NamespaceEvent.NamespaceDropped;
import io.fjord.contract.catalog.namespace.NamespaceEvent.NamespacePropertiesChanged;
import io.fjord.contract.catalog.table.TableEvent.DroppedTableExpired;
import io.fjord.contract.catalog.table.TableEvent.TableDropped;
import io.fjord.contract.catalog.table.TableEvent.TableProtectionChanged;
import io.fjord.contract.catalog.table.TableEvent.TableRenamed;
import io.fjord.contract.catalog.table.TableEvent.TableUndropped;
import io.fjord.contract.catalog.view.ViewEvent.ViewDropped;
import io.fjord.contract.catalog.view.ViewEvent.ViewRenamed;
import io.fjord.kernel.CrashPoint;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Tx;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.exceptions.ServiceUnavailableException;
import org.apache.iceberg.exceptions.UnprocessableEntityException;
import org.apache.iceberg.rest.requests.UpdateTableRequest;
import org.apache.iceberg.util.LocationUtil;
import org.apache.iceberg.view.BaseMetastoreViewCatalog;
import org.apache.iceberg.view.ViewMetadata;
import org.apache.iceberg.view.ViewOperations;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One warehouse as Iceberg's library sees it, on behalf of one caller; every change stands in the journal. Its methods wait
 * for the database and the object store: worker threads only.
 */
final class FjordCatalog extends BaseMetastoreViewCatalog implements SupportsNamespaces {

    private static final Logger log = LoggerFactory.getLogger(FjordCatalog.class);

    /** What fits the keys of the database. */
    private static final int LONGEST_NAME = 255;

    private static final int LONGEST_NAMESPACE = 380;
    private static final int LONGEST_ADDRESS = 700;
    private static final int LONGEST_FOLDER = 640;

    /** How often several tables are tried to be committed together if others were faster. */
    private static final int ATTEMPTS = 5;

    /** How many rows are read at once where one does not see most of them. */
    private static final int HIDDEN_AT_ONCE = 1_000;

    private static final String LOCATION = "location";

    /** Where a table may have files beside its location. */
    private static final List<String> FOLDERS = List.of(
            TableProperties.WRITE_DATA_LOCATION,
            TableProperties.WRITE_METADATA_LOCATION,
            TableProperties.OBJECT_STORE_PATH,
            TableProperties.WRITE_FOLDER_STORAGE_LOCATION);

    private final CatalogParts parts;
    private final Place place;
    private final Warehouse warehouse;
    private final Caller caller;
    private final CatalogFiles files;
    private @Nullable Position position;
    private @Nullable Kept answered;
    private volatile @Nullable String answer;
    private @Nullable String chosenFolder;

    FjordCatalog(CatalogParts parts, Place place, Caller caller) {
        this.parts = parts;
        this.place = place;
        this.warehouse = place.warehouse();
        this.caller = caller;
        this.files = place.files();
    }

    @Override
    public String name() {
        return warehouse.toString();
    }

    CatalogParts parts() {
        return parts;
    }

    CatalogFiles files() {
        return files;
    }

    Place place() {
        return place;
    }

    Caller caller() {
        return caller;
    }

    /** The metadata of the table this changed last. */
    void answered(Kept table) {
        answered = table;
    }

    /** Likewise; null if it changed none. */
    @Nullable
    Kept answered() {
        return answered;
    }

    /** The end of the journal just after the last change made through this; null if there was none. */
    @Nullable
    Position position() {
        return position;
    }

    @Override
    protected Map<String, String> properties() {
        return parts.properties();
    }

    // Namespaces

    @Override
    public void createNamespace(Namespace namespace, Map<String, String> properties) {
        requireName(namespace);
        if (properties.containsKey(LOCATION)) {
            requireInside(Objects.requireNonNull(properties.get(LOCATION)));
        }
        Namespace parent = CatalogStore.parent(namespace);
        change((attempt, sql) -> lockParent(sql, parent).compose(there -> {
            if (!there) {
                return attempt.refuse(new NoSuchNamespaceException(
                        "Namespace does not exist: %s. Create it before %s", parent, namespace));
            }
            return CatalogStore.namespace(sql, warehouse, namespace).compose(found -> {
                if (found.isPresent()) {
                    return attempt.refuse(new AlreadyExistsException("Namespace already exists: %s", namespace));
                }
                var name = warehouse.name(namespace);
                attempt.tell(name.in(warehouse.domain()), 1, new NamespaceCreated(name, new TreeMap<>(properties)));
                return CatalogStore.insert(sql, warehouse, namespace, new TreeMap<>(properties));
            });
        }));
    }

    private Future<Boolean> lockParent(Sql sql, Namespace parent) {
        if (parent.isEmpty()) {
            return place.catalog().id().isEmpty()
                    ? Future.succeededFuture(true)
                    : CatalogStore.lockCatalog(sql, warehouse);
        }
        return CatalogStore.lockNamespace(sql, warehouse, parent).map(Optional::isPresent);
    }

    @Override
    public List<Namespace> listNamespaces(Namespace parent) {
        List<Namespace> found = read(CatalogStore.namespaces(parts.sql(), warehouse, parent));
        if (found.isEmpty() && !parent.isEmpty()) {
            loadNamespaceMetadata(parent);
        }
        return found.stream()
                .filter(namespace -> caller.visible().test(address(namespace)))
                .toList();
    }

    /** @param after the last one of the page before; null for the first */
    Page<Namespace> listNamespaces(Namespace parent, @Nullable Namespace after, int size) {
        Page<Namespace> page = page(
                after,
                size,
                (last, most) -> CatalogStore.namespaces(parts.sql(), warehouse, parent, last, most),
                namespace -> caller.visible().test(address(namespace)));
        if (page.all().isEmpty() && !parent.isEmpty()) {
            loadNamespaceMetadata(parent);
        }
        return page;
    }

    /** @param next after which there are more; null if there are none */
    record Page<T>(List<T> all, @Nullable T next) {}

    /** A page of those the caller may see; rows are read until it is full. */
    private <T> Page<T> page(
            @Nullable T after, int size, BiFunction<@Nullable T, Integer, Future<List<T>>> rows, Predicate<T> visible) {
        List<T> all = new ArrayList<>();
        T last = after;
        int most = size + 1;
        while (true) {
            List<T> found = read(rows.apply(last, most));
            for (T one : found) {
                if (visible.test(one)) {
                    if (all.size() == size) {
                        return new Page<>(all, all.get(size - 1));
                    }
                    all.add(one);
                }
                last = one;
            }
            if (found.size() < most) {
                return new Page<>(all, null);
            }
            most = Math.max(most, HIDDEN_AT_ONCE);
        }
    }

    @Override
    public Map<String, String> loadNamespaceMetadata(Namespace namespace) {
        return read(CatalogStore.namespace(parts.sql(), warehouse, namespace))
                .orElseThrow(() -> new NoSuchNamespaceException("Namespace does not exist: %s", namespace))
                .properties();
    }

    @Override
    public boolean dropNamespace(Namespace namespace) {
        try {
            change((attempt, sql) -> CatalogStore.lockNamespace(sql, warehouse, namespace)
                    .compose(found -> {
                        if (found.isEmpty()) {
                            return attempt.refuse(
                                    new NoSuchNamespaceException("Namespace does not exist: %s", namespace));
                        }
                        return CatalogStore.isEmpty(sql, warehouse, namespace).compose(empty -> {
                            if (!empty) {
                                return attempt.refuse(new NamespaceNotEmptyException(
                                        "Namespace is not empty: %s. Drop or move what is in it first", namespace));
                            }
                            var name = warehouse.name(namespace);
                            attempt.tell(
                                    name.in(warehouse.domain()), found.get().version() + 1, new NamespaceDropped(name));
                            return CatalogStore.delete(sql, warehouse, namespace);
                        });
                    }));
            return true;
        } catch (NoSuchNamespaceException e) {
            return false;
        }
    }

    @Override
    public boolean setProperties(Namespace namespace, Map<String, String> properties) {
        changeProperties(namespace, properties, Set.of());
        return true;
    }

    @Override
    public boolean removeProperties(Namespace namespace, Set<String> properties) {
        changeProperties(namespace, Map.of(), properties);
        return true;
    }

    /**
     * Sets and removes properties at once.
     *
     * @return the properties as they were
     */
    Map<String, String> changeProperties(Namespace namespace, Map<String, String> set, Set<String> removed) {
        if (set.containsKey(LOCATION)) {
            requireInside(Objects.requireNonNull(set.get(LOCATION)));
        }
        return change((attempt, sql) -> CatalogStore.lockNamespace(sql, warehouse, namespace)
                .compose(found -> {
                    if (found.isEmpty()) {
                        return attempt.refuse(new NoSuchNamespaceException("Namespace does not exist: %s", namespace));
                    }
                    Map<String, String> before = found.get().properties();
                    Map<String, String> after = new TreeMap<>(before);
                    after.putAll(set);
                    after.keySet().removeAll(removed);
                    answer = Json.text(removed.stream()
                            .filter(one -> !before.containsKey(one))
                            .sorted()
                            .toList());
                    if (after.equals(before)) {
                        return Future.succeededFuture(before);
                    }
                    long version = found.get().version() + 1;
                    var name = warehouse.name(namespace);
                    attempt.tell(
                            name.in(warehouse.domain()),
                            version,
                            new NamespacePropertiesChanged(
                                    name,
                                    new TreeMap<>(set),
                                    removed.stream()
                                            .filter(before::containsKey)
                                            .sorted()
                                            .toList()));
                    return CatalogStore.update(sql, warehouse, namespace, after, version)
                            .map(before);
                }));
    }

    // Tables

    @Override
    protected TableOperations newTableOps(TableIdentifier table) {
        return new CatalogTableOperations(this, table);
    }

    /** Unlike the name, the folder is never used again: a table of that name may have left its files there. */
    @Override
    protected String defaultWarehouseLocation(TableIdentifier name) {
        String given = loadNamespaceMetadata(name.namespace()).get(LOCATION);
        StringBuilder folder = new StringBuilder();
        if (given != null) {
            folder.append(LocationUtil.stripTrailingSlash(given));
        } else {
            folder.append(LocationUtil.stripTrailingSlash(files.folder()));
            for (String level : name.namespace().levels()) {
                folder.append('/').append(encoded(level));
            }
        }
        String unique = Ids.next().replace("-", "");
        String chosen = folder.append('/')
                .append(encoded(name.name()))
                .append('-')
                .append(unique.substring(20))
                .toString();
        chosenFolder = folder(chosen);
        return chosen;
    }

    private static String folder(String location) {
        return LocationUtil.stripTrailingSlash(location) + "/";
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    void requireInside(String location) {
        String folder = files.inside(folder(location));
        if (folder.indexOf("//", folder.indexOf("://") + 3) > 0) {
            throw new ForbiddenException("The location %s has an empty folder in it", location);
        }
        if (folder.length() > LONGEST_FOLDER) {
            throw new BadRequestException(
                    "The location has %s characters; at most %s are possible", folder.length(), LONGEST_FOLDER);
        }
    }

    /**
     * A table keeps to its folder: keys to it open nothing else, and it is deleted with it.
     *
     * @throws ForbiddenException if it would not
     */
    void requireInside(TableMetadata table) {
        requireInside(table.location());
        String folder = folder(table.location());
        for (String property : FOLDERS) {
            String given = table.property(property, null);
            if (given != null && !folder(files.inside(folder(given))).startsWith(folder)) {
                throw new ForbiddenException(
                        "%s is %s, which is not below the location of the table, %s", property, given, folder);
            }
        }
    }

    @Override
    protected boolean isValidIdentifier(TableIdentifier name) {
        return !name.namespace().isEmpty();
    }

    @Override
    public boolean tableExists(TableIdentifier name) {
        return find(name, Kind.TABLE).isPresent();
    }

    @Override
    public List<TableIdentifier> listTables(Namespace namespace) {
        return list(namespace, Kind.TABLE);
    }

    /** @param after the last name of the page before; null for the first */
    Page<TableIdentifier> list(Namespace namespace, Kind kind, @Nullable String after, int size) {
        Page<TableIdentifier> page = page(
                after == null ? null : TableIdentifier.of(namespace, after),
                size,
                (last, most) -> CatalogStore.entries(
                        parts.sql(), warehouse, namespace, kind, last == null ? "" : last.name(), most),
                name -> caller.visible().test(address(name, kind)));
        if (page.all().isEmpty()) {
            loadNamespaceMetadata(namespace);
        }
        return page;
    }

    private List<TableIdentifier> list(Namespace namespace, Kind kind) {
        List<TableIdentifier> found = read(CatalogStore.entries(parts.sql(), warehouse, namespace, kind));
        if (found.isEmpty()) {
            loadNamespaceMetadata(namespace);
        }
        return found.stream()
                .filter(name -> caller.visible().test(address(name, kind)))
                .toList();
    }

    @Override
    public Table registerTable(TableIdentifier name, String metadataLocation, boolean overwrite) {
        requireInside(metadataLocation);
        Optional<Entry> before = find(name, Kind.TABLE);
        if (!overwrite || before.isEmpty()) {
            return registerTable(name, metadataLocation);
        }
        TableMetadata metadata = TableMetadataParser.read(files, metadataLocation);
        requireInside(metadata);
        Entry replaced = before.get();
        if (replaced.isProtected()) {
            throw new ForbiddenException("Table %s is protected. Take the protection away first", name);
        }
        answer = metadataLocation;
        Entry after = new Entry(
                name,
                Kind.TABLE,
                metadata.uuid(),
                metadataLocation,
                replaced.metadataLocation(),
                folder(metadata.location()),
                replaced.version() + 1,
                false);
        change((attempt, sql) -> requireFree(attempt, sql, after)
                .compose(free -> CatalogStore.swap(sql, warehouse, replaced, after))
                .compose(swapped -> {
                    if (!swapped) {
                        return attempt.refuse(
                                new CommitFailedException("Table %s has changed meanwhile. Try again", name));
                    }
                    attempt.tell(
                            warehouse.name(name).in(warehouse.domain(), Kind.TABLE.word()),
                            after.version(),
                            Descriptions.registered(warehouse.name(name), metadata, metadataLocation));
                    return Future.succeededFuture();
                }));
        return loadTable(name);
    }

    @Override
    public boolean dropTable(TableIdentifier name, boolean purge) {
        String id = Ids.next();
        Long wished = place.catalog().keepDroppedSeconds();
        Duration kept = wished == null ? parts.keepDropped() : Duration.ofSeconds(wished);
        Instant now = Instant.now();
        try {
            change((attempt, sql) -> CatalogStore.lockEntry(sql, warehouse, name)
                    .compose(found -> {
                        if (found.isEmpty() || found.get().kind() != Kind.TABLE) {
                            return attempt.refuse(new NoSuchTableException("Table does not exist: %s", name));
                        }
                        Entry entry = found.get();
                        if (entry.isProtected()) {
                            return attempt.refuse(new ForbiddenException(
                                    "Table %s is protected from being dropped. Take the protection away first", name));
                        }
                        return drop(attempt, sql, entry, purge, id, now, kept);
                    }));
        } catch (NoSuchTableException e) {
            return false;
        }
        parts.purges().wake();
        return true;
    }

    private Future<Void> drop(
            Commits.Attempt attempt, Sql sql, Entry entry, boolean purge, String id, Instant now, Duration kept) {
        var table = warehouse.name(entry.name());
        Instant until = now.plus(kept);
        boolean back = !kept.isZero();
        attempt.tell(
                address(entry),
                entry.version() + 1,
                new TableDropped(table, entry.id(), entry.metadataLocation(), purge, back ? until : null));
        Future<Void> dropped = CatalogStore.delete(sql, warehouse, entry.name());
        if (back) {
            DroppedTable row = new DroppedTable(
                    id,
                    warehouse,
                    entry.name(),
                    entry.id(),
                    entry.metadataLocation(),
                    entry.location(),
                    entry.version() + 1,
                    purge,
                    caller.actor(),
                    now,
                    until);
            return dropped.compose(ok -> CatalogStore.insert(sql, row));
        }
        return purge
                ? dropped.compose(ok -> CatalogStore.insert(sql, new Purge(id, warehouse, entry.metadataLocation())))
                : dropped;
    }

    /**
     * Has a dropped table back.
     *
     * @param as its new name; null for the one it had
     * @return its name now
     */
    TableIdentifier undrop(String id, @Nullable TableIdentifier as) {
        return change((attempt, sql) -> CatalogStore.lockDropped(sql, id).compose(found -> {
            if (found.isEmpty() || !found.get().warehouse().equals(warehouse)) {
                return attempt.refuse(new NoSuchTableException("There is no dropped table %s", id));
            }
            DroppedTable dropped = found.get();
            TableIdentifier name = as == null ? dropped.name() : as;
            Entry entry = new Entry(
                    name,
                    Kind.TABLE,
                    dropped.tableId(),
                    dropped.metadataLocation(),
                    dropped.location(),
                    dropped.version() + 1);
            var table = warehouse.name(name);
            return create(attempt, sql, entry, new TableUndropped(table, entry.id(), entry.metadataLocation()))
                    .compose(ok -> CatalogStore.deleteDropped(sql, id))
                    .map(name);
        }));
    }

    /** A dropped table cannot be had back any more; if its files are to be deleted, that begins. */
    void expire(String id) {
        String purge = Ids.next();
        change((attempt, sql) -> CatalogStore.lockDropped(sql, id).compose(found -> {
            if (found.isEmpty() || !found.get().warehouse().equals(warehouse)) {
                return attempt.refuse(new NoSuchTableException("There is no dropped table %s", id));
            }
            DroppedTable dropped = found.get();
            var table = warehouse.name(dropped.name());
            attempt.tell(
                    address(dropped.name(), Kind.TABLE),
                    dropped.version() + 1,
                    new DroppedTableExpired(table, dropped.tableId(), dropped.metadataLocation(), dropped.purge()));
            Future<Void> forgotten = CatalogStore.deleteDropped(sql, id);
            return dropped.purge()
                    ? forgotten.compose(
                            ok -> CatalogStore.insert(sql, new Purge(purge, warehouse, dropped.metadataLocation())))
                    : forgotten;
        }));
        parts.purges().wake();
    }

    /** Protects a table from being dropped, or not any more. */
    void protect(TableIdentifier name, boolean isProtected) {
        change((attempt, sql) -> CatalogStore.lockEntry(sql, warehouse, name).compose(found -> {
            if (found.isEmpty() || found.get().kind() != Kind.TABLE) {
                return attempt.refuse(new NoSuchTableException("Table does not exist: %s", name));
            }
            Entry entry = found.get();
            if (entry.isProtected() == isProtected) {
                return Future.succeededFuture();
            }
            attempt.tell(
                    address(entry),
                    entry.version() + 1,
                    new TableProtectionChanged(warehouse.name(name), entry.id(), isProtected));
            return CatalogStore.protect(sql, warehouse, entry, isProtected);
        }));
    }

    @Override
    public void renameTable(TableIdentifier from, TableIdentifier to) {
        rename(from, to, Kind.TABLE);
    }

    private void rename(TableIdentifier from, TableIdentifier to, Kind kind) {
        requireName(to);
        change((attempt, sql) -> CatalogStore.lockNamespace(sql, warehouse, to.namespace())
                .compose(namespace -> {
                    if (namespace.isEmpty()) {
                        return attempt.refuse(
                                new NoSuchNamespaceException("Namespace does not exist: %s", to.namespace()));
                    }
                    return CatalogStore.lockEntry(sql, warehouse, from).compose(found -> {
                        if (found.isEmpty() || found.get().kind() != kind) {
                            return attempt.refuse(noSuch(from, kind));
                        }
                        return CatalogStore.entry(sql, warehouse, to).compose(taken -> {
                            if (taken.isPresent()) {
                                return attempt.refuse(new AlreadyExistsException(
                                        "Cannot rename %s to %s. %s already exists",
                                        from, to, taken.get().kind() == Kind.TABLE ? "Table" : "View"));
                            }
                            Entry entry = found.get();
                            var old = warehouse.name(from);
                            attempt.tell(
                                    old.in(warehouse.domain(), kind.word()),
                                    entry.version() + 1,
                                    kind == Kind.TABLE
                                            ? new TableRenamed(old, warehouse.name(to), entry.id())
                                            : new ViewRenamed(old, warehouse.name(to), entry.id()));
                            return CatalogStore.rename(sql, warehouse, entry, to);
                        });
                    });
                }));
    }

    // Views

    @Override
    protected ViewOperations newViewOps(TableIdentifier view) {
        return new CatalogViewOperations(this, view);
    }

    @Override
    public boolean viewExists(TableIdentifier name) {
        return find(name, Kind.VIEW).isPresent();
    }

    @Override
    public List<TableIdentifier> listViews(Namespace namespace) {
        return list(namespace, Kind.VIEW);
    }

    @Override
    public boolean dropView(TableIdentifier name) {
        try {
            change((attempt, sql) -> CatalogStore.lockEntry(sql, warehouse, name)
                    .compose(found -> {
                        if (found.isEmpty() || found.get().kind() != Kind.VIEW) {
                            return attempt.refuse(new NoSuchViewException("View does not exist: %s", name));
                        }
                        Entry entry = found.get();
                        var view = warehouse.name(name);
                        attempt.tell(
                                view.in(warehouse.domain(), Kind.VIEW.word()),
                                entry.version() + 1,
                                new ViewDropped(view, entry.id(), entry.metadataLocation()));
                        return CatalogStore.delete(sql, warehouse, name);
                    }));
            return true;
        } catch (NoSuchViewException e) {
            return false;
        }
    }

    @Override
    public void renameView(TableIdentifier from, TableIdentifier to) {
        rename(from, to, Kind.VIEW);
    }

    // Commits

    Optional<Entry> find(TableIdentifier name, Kind kind) {
        return read(CatalogStore.entry(parts.sql(), warehouse, name)).filter(entry -> entry.kind() == kind);
    }

    void commit(TableCommit commit) {
        answer = commit.location();
        change((attempt, sql) -> write(attempt, sql, commit));
    }

    /** One of several commits to a table that are made at once. */
    record Step(Caller by, TableMetadata before, TableMetadata after) {}

    /**
     * Makes the commits of several callers to one table at once: one file, one row, an event for each.
     *
     * @param callers all who are answered with it
     */
    void commit(TableCommit commit, List<Step> steps, List<Caller> callers) {
        Entry before = Objects.requireNonNull(commit.before());
        Entry after = before.movedTo(commit.location(), folder(commit.metadata().location()), steps.size());
        var table = warehouse.name(commit.name());
        // Written down once: it may be run again.
        List<Object> events = new ArrayList<>();
        String previous = before.metadataLocation();
        for (Step step : steps) {
            events.add(Descriptions.committed(table, step.before(), previous, step.after(), commit.location()));
            previous = commit.location();
        }
        List<RequestKey> keys = new ArrayList<>();
        for (Caller one : callers) {
            RequestKey key = one.key();
            if (key != null && !keys.contains(key)) {
                keys.add(key);
            }
        }
        Change<Void> change = (attempt, sql) -> unanswered(attempt, sql, keys)
                .compose(ok -> requireFree(attempt, sql, before, after))
                .compose(ok -> CatalogStore.swap(sql, warehouse, before, after))
                .compose(swapped -> {
                    if (!swapped) {
                        return refuseSwap(attempt, sql, before);
                    }
                    for (int i = 0; i < steps.size(); i++) {
                        attempt.tell(steps.get(i).by(), address(after), before.version() + 1 + i, events.get(i));
                    }
                    return answered(sql, keys, commit.location());
                });
        // Those of this process to one table come one after the other; where it stays it is in nobody's way.
        boolean apart = after.location().equals(before.location());
        plainChange(change, apart);
    }

    /**
     * The metadata the caller's request was answered with before, under its key.
     *
     * @throws UnprocessableEntityException if that was another request
     */
    Optional<Kept> answeredBefore() {
        RequestKey key = caller.key();
        if (key == null) {
            return Optional.empty();
        }
        return read(CatalogStore.answered(parts.sql(), key.digest())).map(before -> {
            key.requireSame(before.request());
            return parts.cache().get(Objects.requireNonNull(before.answer()), files);
        });
    }

    /** The caller's request changes nothing; who repeats it is to have the same answer all the same. */
    void keep(String metadataLocation) {
        if (caller.key() != null) {
            answer = metadataLocation;
            change((attempt, sql) -> Future.succeededFuture());
        }
    }

    /** Refuses if one of the requests was answered before. */
    private static Future<Void> unanswered(Commits.Attempt attempt, Sql sql, List<RequestKey> keys) {
        return keys.isEmpty()
                ? Future.succeededFuture()
                : CatalogStore.isAnyAnswered(sql, keys)
                        .compose(one -> one ? attempt.refuse(new Replayed()) : Future.succeededFuture());
    }

    private static Future<Void> answered(Sql sql, List<RequestKey> keys, @Nullable String answer) {
        return keys.isEmpty() ? Future.succeededFuture() : CatalogStore.insert(sql, keys, answer, Instant.now());
    }

    private Future<Void> write(Commits.Attempt attempt, Sql sql, TableCommit commit) {
        var table = warehouse.name(commit.name());
        Entry before = commit.before();
        TableMetadata base = commit.base();
        if (before == null || base == null) {
            boolean registered = commit.location().equals(commit.metadata().metadataFileLocation());
            Object event = registered
                    ? Descriptions.registered(table, commit.metadata(), commit.location())
                    : Descriptions.created(table, commit.metadata(), commit.location());
            return create(
                    attempt,
                    sql,
                    new Entry(
                            commit.name(),
                            Kind.TABLE,
                            commit.metadata().uuid(),
                            commit.location(),
                            folder(commit.metadata().location()),
                            1),
                    event);
        }
        return swap(
                attempt,
                sql,
                before,
                before.movedTo(commit.location(), folder(commit.metadata().location()), 1),
                Descriptions.committed(table, base, before.metadataLocation(), commit.metadata(), commit.location()));
    }

    void commitView(TableIdentifier name, @Nullable Entry before, ViewMetadata metadata, String location) {
        var view = warehouse.name(name);
        change((attempt, sql) -> before == null
                ? create(
                        attempt,
                        sql,
                        new Entry(name, Kind.VIEW, metadata.uuid(), location, folder(metadata.location()), 1),
                        Descriptions.created(view, metadata, location))
                : swap(
                        attempt,
                        sql,
                        before,
                        before.movedTo(location, folder(metadata.location()), 1),
                        Descriptions.replaced(view, before.metadataLocation(), metadata, location)));
    }

    private Future<Void> create(Commits.Attempt attempt, Sql sql, Entry entry, Object event) {
        TableIdentifier name = entry.name();
        requireName(name);
        return CatalogStore.lockNamespace(sql, warehouse, name.namespace()).compose(namespace -> {
            if (namespace.isEmpty()) {
                return attempt.refuse(new NoSuchNamespaceException("Namespace does not exist: %s", name.namespace()));
            }
            return CatalogStore.entry(sql, warehouse, name).compose(taken -> {
                if (taken.isPresent()) {
                    return attempt.refuse(taken(name, taken.get(), entry.kind()));
                }
                return requireFree(attempt, sql, entry).compose(free -> {
                    attempt.tell(address(entry), entry.version(), event);
                    return CatalogStore.insert(sql, warehouse, entry);
                });
            });
        });
    }

    private Future<Void> requireFree(Commits.Attempt attempt, Sql sql, Entry before, Entry after) {
        return after.location().equals(before.location()) || before.location().isEmpty()
                ? Future.succeededFuture()
                : requireFree(attempt, sql, after);
    }

    /**
     * Refuses a folder that lies in that of another table or view, or holds it, unless the caller manages that too: who is given
     * keys to one must not get at the other.
     */
    private Future<Void> requireFree(Commits.Attempt attempt, Sql sql, Entry entry) {
        String folder = entry.location();
        List<String> above = new ArrayList<>();
        int least = files.folder().length();
        for (int slash = folder.length() - 1; slash >= least - 1; slash = folder.lastIndexOf('/', slash - 1)) {
            above.add(folder.substring(0, slash + 1));
        }
        return CatalogStore.at(sql, above).compose(around -> {
            Future<List<EntryAt>> inside = folder.equals(chosenFolder)
                    ? Future.succeededFuture(List.of())
                    : CatalogStore.below(sql, warehouse, folder);
            return inside.compose(all -> Stream.concat(around.stream(), all.stream())
                    .filter(other -> !other.address().equals(address(entry)))
                    .filter(other -> !caller.manages().test(other.address()))
                    .findFirst()
                    .map(other -> attempt.<Void>refuse(new ForbiddenException(
                            "The location %s overlaps with that of something that is not yours. Choose another one",
                            folder)))
                    .orElseGet(Future::succeededFuture));
        });
    }

    private Future<Void> swap(Commits.Attempt attempt, Sql sql, Entry before, Entry after, Object event) {
        return requireFree(attempt, sql, before, after)
                .compose(free -> CatalogStore.swap(sql, warehouse, before, after))
                .compose(swapped -> {
                    if (swapped) {
                        attempt.tell(address(after), after.version(), event);
                        return Future.succeededFuture();
                    }
                    return refuseSwap(attempt, sql, before);
                });
    }

    private Future<Void> refuseSwap(Commits.Attempt attempt, Sql sql, Entry before) {
        return CatalogStore.entry(sql, warehouse, before.name())
                .compose(now -> attempt.refuse(
                        now.isEmpty() || now.get().kind() != before.kind()
                                ? noSuch(before.name(), before.kind())
                                : new CommitFailedException(
                                        "%s has changed meanwhile. Read it again and repeat the commit",
                                        before.name())));
    }

    Address address(TableIdentifier name, Kind kind) {
        return warehouse.name(name).in(warehouse.domain(), kind.word());
    }

    Address address(Namespace namespace) {
        return warehouse.name(namespace).in(warehouse.domain());
    }

    private Address address(Entry entry) {
        return warehouse.name(entry.name()).in(warehouse.domain(), entry.kind().word());
    }

    /** Commits to several tables: to all of them, or to none. */
    void commitTogether(List<UpdateTableRequest> requests) {
        Set<TableIdentifier> names = new HashSet<>();
        for (UpdateTableRequest request : requests) {
            if (!names.add(request.identifier())) {
                throw new BadRequestException(
                        "Table %s stands twice in the transaction. Put its changes into one", request.identifier());
            }
        }
        // In one order for everybody, or two transactions could wait for each other.
        List<UpdateTableRequest> sorted = requests.stream()
                .sorted(Comparator.comparing(request -> request.identifier().toString()))
                .toList();
        for (int attempt = 1; ; attempt++) {
            try {
                tryTogether(sorted);
                return;
            } catch (Overtaken e) {
                if (attempt == ATTEMPTS) {
                    throw e.lost;
                }
            }
        }
    }

    /** Somebody was faster; the requirements decide whether the same can be tried on top of that. */
    private static final class Overtaken extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final CommitFailedException lost;

        Overtaken(CommitFailedException lost) {
            super(lost);
            this.lost = lost;
        }
    }

    private void tryTogether(List<UpdateTableRequest> requests) {
        record Prepared(CatalogTableOperations operations, TableCommit commit) {}
        List<Prepared> all = new ArrayList<>();
        boolean certainlyNot = true;
        try {
            for (UpdateTableRequest request : requests) {
                var operations = new CatalogTableOperations(this, request.identifier());
                TableMetadata base = operations.current();
                if (base == null) {
                    throw new NoSuchTableException("Table does not exist: %s", request.identifier());
                }
                request.requirements().forEach(requirement -> requirement.validate(base));
                TableMetadata.Builder builder = TableMetadata.buildFrom(base);
                request.updates().forEach(update -> update.applyTo(builder));
                TableMetadata updated = builder.build();
                if (!updated.changes().isEmpty()) {
                    all.add(new Prepared(operations, operations.prepare(base, updated)));
                }
            }
            if (all.isEmpty()) {
                return;
            }
            CrashPoint.BETWEEN_FILES_AND_TABLE_COMMIT.here();
            certainlyNot = false;
            writeTogether(all.stream().map(Prepared::commit).toList());
        } catch (Overtaken | Replayed | NoSuchTableException | ForbiddenException | ServiceUnavailableException e) {
            certainlyNot = true;
            throw e;
        } finally {
            if (certainlyNot) {
                all.forEach(prepared -> prepared.operations().discard(prepared.commit()));
            }
        }
        for (Prepared prepared : all) {
            prepared.operations().landed(prepared.commit());
            forgetOld(
                    Objects.requireNonNull(prepared.commit().base()),
                    prepared.commit().metadata());
        }
    }

    /** Deletes the metadata files that have left the table's log with a commit, if the table wants that. */
    void forgetOld(TableMetadata before, TableMetadata after) {
        CatalogFiles own = files.deletingIn(folder(after.location()));
        parts.purges().later(() -> CatalogUtil.deleteRemovedMetadataFiles(own, before, after));
    }

    private void writeTogether(List<TableCommit> commits) {
        change((attempt, sql) -> {
            // All are looked at, locked, before the first is written: who is refused must have written nothing.
            Future<Void> checked = Future.succeededFuture();
            for (TableCommit commit : commits) {
                Entry before = Objects.requireNonNull(commit.before());
                checked = checked.compose(ok -> CatalogStore.lockEntry(sql, warehouse, before.name()))
                        .compose(now -> {
                            if (now.isEmpty() || now.get().kind() != Kind.TABLE) {
                                return attempt.refuse(noSuch(before.name(), Kind.TABLE));
                            }
                            return now.get().equals(before)
                                    ? Future.succeededFuture()
                                    : attempt.refuse(new Overtaken(new CommitFailedException(
                                            "%s has changed meanwhile. Read it again and repeat the transaction",
                                            before.name())));
                        });
            }
            Future<Void> written = checked;
            for (TableCommit commit : commits) {
                written = written.compose(ok -> write(attempt, sql, commit));
            }
            return written;
        });
    }

    @FunctionalInterface
    private interface Change<T> extends BiFunction<Commits.Attempt, Sql, Future<T>> {}

    /** The caller's change, and under which key it was asked for. */
    private <T> T change(Change<T> change) {
        RequestKey key = caller.key();
        return key == null
                ? plainChange(change)
                : plainChange((attempt, sql) -> unanswered(attempt, sql, List.of(key))
                        .compose(ok -> change.apply(attempt, sql))
                        .compose(done -> answered(sql, List.of(key), answer).map(done)));
    }

    private <T> T plainChange(Change<T> change) {
        return plainChange(change, false);
    }

    /** @param apart whether it writes only rows no other change writes at the same time */
    private <T> T plainChange(Change<T> change, boolean apart) {
        String because = place.catalog().readOnlyBecause();
        if (because != null) {
            throw new ServiceUnavailableException(
                    "The catalog %s can only be read at the moment: %s", warehouse.catalog(), because);
        }
        Commits.Change<T> made = (attempt, tx) -> change.apply(attempt, sql(tx));
        Commits.Done<T> done = apart
                ? parts.commits().commitApart(caller, made)
                : parts.commits().commit(caller, made);
        position = done.position();
        return done.answer();
    }

    private static Sql sql(Tx tx) {
        return SqlTx.of(tx)::query;
    }

    private <T> T read(Future<T> found) {
        return parts.commits().read(found);
    }

    void deleteQuietly(String location) {
        try {
            files.deleteFile(location);
        } catch (RuntimeException e) {
            log.atWarn()
                    .addKeyValue("location", location)
                    .setCause(e)
                    .log("A file nobody refers to could not be deleted");
        }
    }

    private static RuntimeException noSuch(TableIdentifier name, Kind kind) {
        return kind == Kind.TABLE
                ? new NoSuchTableException("Table does not exist: %s", name)
                : new NoSuchViewException("View does not exist: %s", name);
    }

    private static RuntimeException taken(TableIdentifier name, Entry by, Kind wanted) {
        String kind = by.kind() == Kind.TABLE ? "Table" : "View";
        return by.kind() == wanted
                ? new AlreadyExistsException("%s already exists: %s", kind, name)
                : new AlreadyExistsException("%s with same name already exists: %s", kind, name);
    }

    private void requireName(TableIdentifier name) {
        requireName(name.namespace());
        requireName(name.name());
        if (name.name().length() > LONGEST_NAME) {
            throw new BadRequestException(
                    "The name has %s characters; at most %s are possible",
                    name.name().length(), LONGEST_NAME);
        }
        requireFits(warehouse.name(name).in(warehouse.domain(), Kind.TABLE.word()));
    }

    private void requireName(Namespace namespace) {
        if (namespace.isEmpty()) {
            throw new BadRequestException("A namespace has at least one level");
        }
        int length = namespace.length() - 1;
        for (String level : namespace.levels()) {
            requireName(level);
            length += level.length();
        }
        if (length > LONGEST_NAMESPACE) {
            throw new BadRequestException(
                    "The namespace has %s characters; at most %s are possible", length, LONGEST_NAMESPACE);
        }
        requireFits(warehouse.name(namespace).in(warehouse.domain()));
    }

    private static void requireFits(Address address) {
        int length = address.toString().length();
        if (length > LONGEST_ADDRESS) {
            throw new BadRequestException(
                    "With its namespace the name has %s characters; at most %s are possible", length, LONGEST_ADDRESS);
        }
    }

    /** MariaDB takes names that differ in blanks at their end for the same. */
    private static void requireName(String part) {
        if (part.isEmpty() || part.endsWith(" ") || part.chars().anyMatch(Character::isISOControl)) {
            throw new BadRequestException(
                    "'%s' cannot be a name: it is empty, ends with a blank or has control characters", part);
        }
    }
}
