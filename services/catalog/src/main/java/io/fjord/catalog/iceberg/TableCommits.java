package io.fjord.catalog.iceberg;

import io.fjord.catalog.iceberg.FjordCatalog.Step;
import io.fjord.catalog.iceberg.MetadataCache.Kept;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.kernel.CrashPoint;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.MetadataUpdate;
import org.apache.iceberg.MetadataUpdate.AddSnapshot;
import org.apache.iceberg.MetadataUpdate.RemoveSnapshotRef;
import org.apache.iceberg.MetadataUpdate.SetSnapshotRef;
import org.apache.iceberg.MovedAppend;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.UpdateRequirement;
import org.apache.iceberg.UpdateRequirement.AssertRefSnapshotID;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.ServiceUnavailableException;
import org.apache.iceberg.rest.requests.UpdateTableRequest;
import org.apache.iceberg.util.PropertyUtil;
import org.apache.iceberg.util.SnapshotUtil;
import org.jspecify.annotations.Nullable;

/**
 * Commits to tables. Those of this process to one table come in the order they were asked for; the ones that wait are made at
 * once, with one metadata file, one row and an event for each. An append that others were faster than is moved on top of theirs:
 * nobody who only adds is sent back, but who says in the snapshot how far they have read. Other processes are kept apart by the row alone.
 */
final class TableCommits {

    /** Then a commit is refused that other processes were always faster than. */
    private static final int ATTEMPTS = 20;

    private static final int MOST_AT_ONCE = 32;

    /** Table property: {@code false} sends an append back that others were faster than, as it does any other change. */
    private static final String MOVE = "fjord.move-appends.enabled";

    /**
     * What the summaries of those begin with who write how far they have read beside their rows, and rely on being refused when
     * another has written meanwhile: moved on top of that, the rows of both would be there.
     */
    private static final List<String> EXACTLY_ONCE = List.of("fjord.pipeline.", "kafka.connect.");

    /** In the names of manifest lists that were written here. */
    private static final String MOVED = "-moved-";

    /** @param position the journal's end just after it; null if it changed nothing */
    record Committed(Kept table, @Nullable Position position) {}

    private record Wish(FjordCatalog catalog, UpdateTableRequest request, Promise<Committed> promise) {

        /** Whether it is made by itself: another place for the table is a matter of what this caller may. */
        boolean isAlone() {
            return request.updates().stream().anyMatch(MetadataUpdate.SetLocation.class::isInstance);
        }
    }

    private static final class Waiting {
        private final Deque<Wish> wishes = new ArrayDeque<>();
    }

    /** What one wish comes to on top of the others. */
    private record Planned(Wish wish, Step step, @Nullable String manifestList) {}

    /** @param idle wishes that change nothing on top of the others; they are answered with them */
    private record Plan(List<Planned> steps, List<Wish> idle) {

        List<Wish> wishes() {
            List<Wish> all = new ArrayList<>(idle);
            steps.forEach(one -> all.add(one.wish()));
            return all;
        }

        void fail(RuntimeException failure) {
            wishes().forEach(wish -> wish.promise().tryFail(failure));
        }
    }

    private final WorkerExecutor worker;
    private final Maintenance maintenance;
    private final Map<Address, Waiting> tables = new HashMap<>();

    TableCommits(WorkerExecutor worker, Maintenance maintenance) {
        this.worker = worker;
        this.maintenance = maintenance;
    }

    /** @param catalog on whose behalf; fails with Iceberg's own exceptions */
    Future<Committed> commit(FjordCatalog catalog, TableIdentifier name, UpdateTableRequest request) {
        Address table = catalog.address(name, Entry.Kind.TABLE);
        Wish wish = new Wish(catalog, request, Promise.promise());
        boolean first;
        synchronized (tables) {
            first = !tables.containsKey(table);
            tables.computeIfAbsent(table, none -> new Waiting()).wishes.add(wish);
        }
        if (first) {
            makeNext(table, name);
        }
        return wish.promise().future();
    }

    private void makeNext(Address table, TableIdentifier name) {
        List<Wish> group = new ArrayList<>();
        synchronized (tables) {
            Waiting waiting = tables.get(table);
            while (waiting != null && group.size() < MOST_AT_ONCE && !waiting.wishes.isEmpty()) {
                boolean alone = waiting.wishes.element().isAlone();
                if (alone && !group.isEmpty()) {
                    break;
                }
                group.add(waiting.wishes.remove());
                if (alone) {
                    break;
                }
            }
            if (group.isEmpty()) {
                tables.remove(table);
                return;
            }
        }
        worker.executeBlocking(
                        () -> {
                            make(name, group);
                            return null;
                        },
                        false)
                .onComplete(done -> {
                    if (done.failed()) {
                        group.forEach(wish -> wish.promise().tryFail(done.cause()));
                    }
                    makeNext(table, name);
                });
    }

    private void make(TableIdentifier name, List<Wish> group) {
        List<Wish> left = group;
        for (int attempt = 1; !left.isEmpty(); attempt++) {
            left = attempt(name, left, attempt);
            if (attempt == ATTEMPTS) {
                left.forEach(wish -> wish.promise()
                        .tryFail(new CommitFailedException(
                                "Others were always faster with %s. Read it again and repeat the commit", name)));
                return;
            }
        }
    }

    /** @return those to be tried again, because another process was faster */
    private List<Wish> attempt(TableIdentifier name, List<Wish> wishes, int attempt) {
        FjordCatalog catalog = wishes.get(0).catalog();
        CatalogTableOperations operations = new CatalogTableOperations(catalog, name);
        TableMetadata base = operations.current();
        if (base == null) {
            wishes.forEach(wish -> wish.promise().tryFail(new NoSuchTableException("Table does not exist: %s", name)));
            return List.of();
        }
        Plan plan = plan(operations, base, wishes, attempt);
        if (plan.steps().isEmpty()) {
            plan.idle().forEach(wish -> answerUnchanged(wish, operations.kept()));
            return List.of();
        }
        List<Step> steps = plan.steps().stream().map(Planned::step).toList();
        TableMetadata last = steps.get(steps.size() - 1).after();
        TableCommit commit = operations.prepare(base, last);
        CrashPoint.BETWEEN_FILES_AND_TABLE_COMMIT.here();
        try {
            catalog.commit(
                    commit,
                    steps,
                    plan.wishes().stream().map(wish -> wish.catalog().caller()).toList());
        } catch (CommitFailedException | Replayed e) {
            discard(operations, commit, plan);
            return plan.wishes();
        } catch (NoSuchTableException | ForbiddenException | ServiceUnavailableException e) {
            discard(operations, commit, plan);
            plan.fail(e);
            return List.of();
        } catch (RuntimeException e) {
            // It may be the table by now: its files stay.
            plan.fail(e);
            return List.of();
        }
        Kept table = operations.landed(commit);
        plan.wishes().forEach(wish -> wish.promise().tryComplete(new Committed(table, catalog.position())));
        catalog.forgetOld(base, last);
        maintenance.committed(catalog.place(), name, last);
        return List.of();
    }

    private static void answerUnchanged(Wish wish, Kept table) {
        try {
            wish.catalog().keep(table.location());
            wish.promise().tryComplete(new Committed(table, null));
        } catch (RuntimeException e) {
            wish.promise().tryFail(e);
        }
    }

    /** The wishes one on top of the other; those that cannot be are told so. */
    private static Plan plan(CatalogTableOperations operations, TableMetadata base, List<Wish> wishes, int attempt) {
        Plan plan = new Plan(new ArrayList<>(), new ArrayList<>());
        TableMetadata running = base;
        Map<String, String> keys = new HashMap<>();
        for (Wish wish : wishes) {
            String manifestList = null;
            try {
                RequestKey key = wish.catalog().caller().key();
                if (key != null) {
                    key.requireSame(keys.computeIfAbsent(key.digest(), digest -> key.request()));
                }
                Optional<Kept> before = attempt > 1 ? wish.catalog().answeredBefore() : Optional.empty();
                if (before.isPresent()) {
                    wish.promise().tryComplete(new Committed(before.get(), null));
                    continue;
                }
                Append append = Append.of(wish.request().updates());
                if (append != null && append.isThere(running)) {
                    plan.idle().add(wish);
                    continue;
                }
                Fitted fitted = fitted(wish.request(), append, running, operations);
                manifestList = fitted.manifestList();
                TableMetadata.Builder builder = TableMetadata.buildFrom(running);
                fitted.updates().forEach(update -> update.applyTo(builder));
                TableMetadata after = builder.build();
                if (after.changes().isEmpty()) {
                    plan.idle().add(wish);
                    continue;
                }
                wish.catalog().requireInside(after);
                plan.steps().add(new Planned(wish, new Step(wish.catalog().caller(), running, after), manifestList));
                // Or snapshots would be taken for passing states of one commit and not stand in the table's log.
                running = TableMetadata.buildFrom(after).discardChanges().build();
            } catch (NullPointerException | ClassCastException | IndexOutOfBoundsException e) {
                // Iceberg trusts updates that can be read: what is missing in one shows as a null somewhere.
                refuse(
                        wish,
                        manifestList,
                        new BadRequestException(
                                "The commit is not as the specification says: something in it is missing"));
            } catch (RuntimeException e) {
                refuse(wish, manifestList, e);
            }
        }
        return plan;
    }

    private static void refuse(Wish wish, @Nullable String manifestList, RuntimeException because) {
        if (manifestList != null) {
            wish.catalog().deleteQuietly(manifestList);
        }
        wish.promise().tryFail(because);
    }

    private static void discard(CatalogTableOperations operations, TableCommit commit, Plan plan) {
        operations.discard(commit);
        plan.steps().forEach(one -> {
            String list = one.manifestList();
            if (list != null) {
                one.wish().catalog().deleteQuietly(list);
            }
        });
    }

    /** @param manifestList that was written to move an append; null if that was not needed */
    private record Fitted(
            List<MetadataUpdate> updates, @Nullable String manifestList) {}

    /**
     * The updates as they fit onto the table of now.
     *
     * @throws CommitFailedException if they do not
     */
    private static Fitted fitted(
            UpdateTableRequest request, @Nullable Append append, TableMetadata now, CatalogTableOperations operations) {
        CommitFailedException overtaken = null;
        for (UpdateRequirement requirement : request.requirements()) {
            try {
                requirement.validate(now);
            } catch (CommitFailedException e) {
                if (append == null || !append.startsFrom(requirement)) {
                    throw e;
                }
                overtaken = e;
            }
        }
        if (append == null || (overtaken == null && !append.isOutOfTurn(now))) {
            return new Fitted(request.updates(), null);
        }
        CommitFailedException refusal = overtaken == null ? Append.outOfTurn() : overtaken;
        String list = operations.newMetadataFile(
                now, "snap-" + append.snapshot().snapshotId() + MOVED + UUID.randomUUID() + ".avro");
        Snapshot moved = append.movedOnto(now, list, operations).orElseThrow(() -> refusal);
        List<MetadataUpdate> updates = new ArrayList<>();
        for (MetadataUpdate update : request.updates()) {
            updates.add(update instanceof AddSnapshot ? new AddSnapshot(moved) : update);
        }
        return new Fitted(updates, list);
    }

    /**
     * One snapshot put on top of one branch.
     *
     * @param replaces whether it begins the branch anew: what stands there goes
     */
    private record Append(Snapshot snapshot, String branch, boolean replaces) {

        static @Nullable Append of(List<MetadataUpdate> updates) {
            AddSnapshot added = null;
            SetSnapshotRef ref = null;
            Set<String> removed = new HashSet<>();
            for (MetadataUpdate update : updates) {
                if (update instanceof AddSnapshot one) {
                    if (added != null) {
                        return null;
                    }
                    added = one;
                } else if (update instanceof SetSnapshotRef one) {
                    if (ref != null) {
                        return null;
                    }
                    ref = one;
                } else if (update instanceof RemoveSnapshotRef one) {
                    removed.add(one.name());
                }
            }
            return added == null
                            || ref == null
                            || ref.snapshotId() != added.snapshot().snapshotId()
                            || !ref.type().equalsIgnoreCase("branch")
                    ? null
                    : new Append(added.snapshot(), ref.name(), removed.contains(ref.name()));
        }

        /**
         * Whether this very snapshot stands in the branch already: the commit was made, and is asked for again by somebody who did
         * not hear so.
         */
        boolean isThere(TableMetadata now) {
            Snapshot same = now.snapshot(snapshot.snapshotId());
            SnapshotRef ref = now.ref(branch);
            if (same == null || ref == null) {
                return false;
            }
            String list = String.valueOf(same.manifestListLocation());
            boolean sameFile = list.equals(snapshot.manifestListLocation())
                    || list.contains("/snap-" + snapshot.snapshotId() + MOVED);
            return sameFile && SnapshotUtil.isAncestorOf(ref.snapshotId(), same.snapshotId(), now::snapshot);
        }

        /** Whether the requirement is about where the branch stood when the snapshot was made. */
        boolean startsFrom(UpdateRequirement requirement) {
            return requirement instanceof AssertRefSnapshotID ref
                    && ref.refName().equals(branch)
                    && Objects.equals(ref.snapshotId(), snapshot.parentId());
        }

        /** Whether others took its sequence number or its row ids, on another branch perhaps. */
        boolean isOutOfTurn(TableMetadata now) {
            Long firstRow = snapshot.firstRowId();
            return (now.formatVersion() > 1 && snapshot.sequenceNumber() <= now.lastSequenceNumber())
                    || (now.formatVersion() > 2 && firstRow != null && firstRow < now.nextRowId());
        }

        private boolean isExactlyOnce() {
            return snapshot.summary().keySet().stream()
                    .anyMatch(key -> EXACTLY_ONCE.stream().anyMatch(key::startsWith));
        }

        static CommitFailedException outOfTurn() {
            return new CommitFailedException(
                    "Others have committed meanwhile. Read the table again and repeat the commit");
        }

        Optional<Snapshot> movedOnto(TableMetadata now, String manifestList, CatalogTableOperations operations) {
            Long parent = snapshot.parentId();
            Snapshot madeOn = parent == null ? null : now.snapshot(parent);
            SnapshotRef ref = now.ref(branch);
            boolean possible = (parent == null || (madeOn != null && !replaces))
                    && (ref == null || ref.isBranch())
                    && PropertyUtil.propertyAsBoolean(now.properties(), MOVE, true)
                    && !isExactlyOnce()
                    && now.snapshot(snapshot.snapshotId()) == null;
            Snapshot top = ref == null || replaces ? null : now.snapshot(ref.snapshotId());
            return possible
                    ? MovedAppend.on(now, snapshot, madeOn, top, manifestList, operations.io())
                    : Optional.empty();
        }
    }
}
