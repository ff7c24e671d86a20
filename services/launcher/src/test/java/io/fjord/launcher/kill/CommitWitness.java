package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.catalog.CatalogVerticle;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.catalog.EntryName;
import io.fjord.contract.catalog.table.Snapshot;
import io.fjord.contract.catalog.table.TableEvent.TableCommitted;
import io.fjord.contract.catalog.table.TableEvent.TableCreated;
import io.fjord.kernel.PlatformMessages;
import io.fjord.launcher.kill.CommitEvidence.Made;
import io.fjord.launcher.kill.CommitEvidence.Seen;
import io.fjord.launcher.kill.CommitEvidence.Told;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.jspecify.annotations.Nullable;

/** Gathers what can be known of the writers' tables: through the catalog, from the object store, from the topic. */
final class CommitWitness {

    private final Witness witness;
    private final Writers writers;
    private final MessageTypes types = CatalogVerticle.messages(PlatformMessages.types());

    CommitWitness(Witness witness, Writers writers) {
        this.witness = witness;
        this.writers = writers;
    }

    /** Passes as soon as all that was promised is so: the feed may be a moment behind. */
    void findsAllWell() {
        await("all promises about commits kept")
                .atMost(KillablePlatform.PATIENCE)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> {
                    CommitEvidence evidence = evidence();
                    assertThat(evidence.tables())
                            .as("tables that were written to")
                            .isNotEmpty();
                    assertThat(CommitChecker.check(evidence)).isEmpty();
                });
    }

    /** A witness that looks finds a file missing that somebody takes away. */
    void seesThatAFileIsGone() {
        TableIdentifier name = writers.tables().get(0);
        FileIO files = writers.reader().loadTable(name).io();
        String list = evidence().tables().stream()
                .filter(table -> table.name().equals(name.name()))
                .flatMap(table -> table.refersTo().stream())
                .filter(file -> file.contains("/snap-"))
                .findFirst()
                .orElseThrow();
        files.deleteFile(list);
        assertThat(CommitChecker.check(evidence())).anyMatch(told -> told.startsWith("missing") && told.endsWith(list));
    }

    CommitEvidence evidence() {
        List<Position> topic = new ArrayList<>();
        Map<String, List<Told>> feeds = new HashMap<>();
        for (EventEnvelope<byte[]> event : witness.events(CatalogVerticle.SERVICE)) {
            topic.add(event.position());
            Object data = types.read(event.type(), event.data());
            if (data instanceof TableCreated made) {
                tell(feeds, event, made.table(), null, made.metadataLocation(), made.snapshots());
            } else if (data instanceof TableCommitted made) {
                tell(
                        feeds,
                        event,
                        made.table(),
                        made.previousMetadataLocation(),
                        made.metadataLocation(),
                        made.snapshots());
            }
        }
        List<Seen> tables = new ArrayList<>();
        for (TableIdentifier name : writers.tables()) {
            tables.add(seen(name, feeds.getOrDefault(name.name(), List.of())));
        }
        return new CommitEvidence(writers.attempts(), topic, tables);
    }

    private static void tell(
            Map<String, List<Told>> feeds,
            EventEnvelope<byte[]> event,
            EntryName table,
            @Nullable String before,
            String after,
            List<Snapshot> added) {
        if (table.namespace().equals(List.of(Writers.NAMESPACE))) {
            feeds.computeIfAbsent(table.name(), none -> new ArrayList<>())
                    .add(new Told(
                            event.position(),
                            event.version(),
                            before,
                            after,
                            added.stream().map(CommitWitness::made).toList()));
        }
    }

    private static Made made(Snapshot told) {
        return new Made(
                Long.parseLong(told.id()),
                told.parentId() == null ? null : Long.valueOf(told.parentId()),
                told.sequenceNumber(),
                told.summary().get(Writers.ATTEMPT));
    }

    private Seen seen(TableIdentifier name, List<Told> feed) {
        Table table = writers.reader().loadTable(name);
        TableMetadata now = ((BaseTable) table).operations().current();
        List<Made> history = new ArrayList<>();
        var snapshot = now.currentSnapshot();
        while (snapshot != null) {
            history.add(new Made(
                    snapshot.snapshotId(),
                    snapshot.parentId(),
                    snapshot.sequenceNumber(),
                    snapshot.summary().get(Writers.ATTEMPT)));
            Long parent = snapshot.parentId();
            snapshot = parent == null ? null : now.snapshot(parent);
        }
        Collections.reverse(history);
        var current = now.currentSnapshot();
        Files files = new Files(table.io(), now);
        return new Seen(
                name.name(),
                history,
                now.snapshots().size(),
                now.metadataFileLocation(),
                files.refersTo,
                there(table),
                current == null ? List.of() : files.of(current),
                current == null ? 0 : Long.parseLong(current.summary().getOrDefault("total-data-files", "-1")),
                feed);
    }

    private static Set<String> there(Table table) {
        Set<String> there = new HashSet<>();
        ((SupportsPrefixOperations) table.io())
                .listPrefix(table.location())
                .forEach(file -> there.add(file.location()));
        return there;
    }

    /** What a table's metadata refers to, all the way down; what cannot be read is among it and will be missed. */
    private static final class Files {
        private final FileIO io;
        private final TableMetadata metadata;
        private final Set<String> refersTo = new HashSet<>();
        private final Map<String, List<String>> ofManifests = new HashMap<>();

        Files(FileIO io, TableMetadata metadata) {
            this.io = io;
            this.metadata = metadata;
            refersTo.add(metadata.metadataFileLocation());
            metadata.previousFiles().forEach(entry -> refersTo.add(entry.file()));
            metadata.snapshots().forEach(this::of);
        }

        private List<String> of(org.apache.iceberg.Snapshot snapshot) {
            refersTo.add(snapshot.manifestListLocation());
            List<String> data = new ArrayList<>();
            try {
                for (ManifestFile manifest : snapshot.allManifests(io)) {
                    data.addAll(of(manifest));
                }
            } catch (NotFoundException e) {
                // Will be missed.
            }
            return data;
        }

        private List<String> of(ManifestFile manifest) {
            refersTo.add(manifest.path());
            return ofManifests.computeIfAbsent(manifest.path(), path -> {
                List<String> data = new ArrayList<>();
                try (ManifestReader<DataFile> reader = ManifestFiles.read(manifest, io, metadata.specsById())) {
                    reader.forEach(file -> data.add(file.location()));
                } catch (NotFoundException e) {
                    // Will be missed.
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                refersTo.addAll(data);
                return data;
            });
        }
    }
}
