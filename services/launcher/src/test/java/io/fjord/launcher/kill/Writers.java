package io.fjord.launcher.kill;

import static org.awaitility.Awaitility.await;

import io.fjord.launcher.kill.CommitEvidence.Attempt;
import io.fjord.launcher.kill.History.Result;
import io.fjord.testing.TestServers;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.BaseTransaction;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableCommit;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NotAuthorizedException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.UnprocessableEntityException;
import org.apache.iceberg.rest.HTTPClient;
import org.apache.iceberg.rest.RESTCatalog;
import org.apache.iceberg.rest.RESTClient;
import org.apache.iceberg.rest.RESTUtil;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/**
 * Eight who append to tables with Iceberg's own client, as fast as they may: four to one table, three each to one of their own, one
 * to two tables at once. Half of them ask again under the same key when they are left in doubt; the others look, and begin anew.
 */
final class Writers implements AutoCloseable {

    static final String NAMESPACE = "fire";

    /** In the summary of each snapshot: of which attempt it is. */
    static final String ATTEMPT = "fjord-test.attempt";

    private static final int WRITERS = 8;
    private static final int SHARING = 4;
    private static final long PAUSE_MILLIS = 200;
    private static final Schema SCHEMA =
            new Schema(Types.NestedField.optional(1, "id", Types.LongType.get(), "of nothing"));

    private final KillablePlatform platform;
    private final History history;
    private final long seed;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(WRITERS);
    private final List<Future<?>> tasks = new ArrayList<>();
    private final AtomicBoolean running = new AtomicBoolean();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final Map<Boolean, RESTCatalog> catalogs = new HashMap<>();
    private final Queue<Attempt> attempts = new ConcurrentLinkedQueue<>();
    private volatile int round;

    Writers(KillablePlatform platform, History history, long seed) {
        this.platform = platform;
        this.history = history;
        this.seed = seed;
        for (int number = 0; number < WRITERS; number++) {
            Writer one = new Writer(number);
            tasks.add(threads.scheduleWithFixedDelay(one::turn, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    /** From now on to new tables: a history that has no end would be what the platform is busy with. */
    void begin() {
        attempts.clear();
        round++;
        running.set(true);
    }

    /** Returns when all have heard of what they asked for, or have given up. */
    void pause() {
        running.set(false);
        await("all writers at rest")
                .atMost(KillablePlatform.PATIENCE.multipliedBy(2))
                .until(() -> open.get() == 0);
    }

    /** Returns when so many more commits were acknowledged. */
    void awaitMore(int commits) {
        int enough = acknowledged.get() + commits;
        await(commits + " more commits acknowledged")
                .atMost(KillablePlatform.PATIENCE)
                .until(() -> acknowledged.get() >= enough);
    }

    /** Of this round. */
    List<Attempt> attempts() {
        return List.copyOf(attempts);
    }

    /** Those of this round that somebody tried to write to. */
    List<TableIdentifier> tables() {
        TreeSet<String> names = new TreeSet<>();
        attempts.forEach(attempt -> names.addAll(attempt.files().keySet()));
        return names.stream().map(Writers::named).toList();
    }

    private static TableIdentifier named(String table) {
        return TableIdentifier.of(Namespace.of(NAMESPACE), table);
    }

    /** One that only reads. */
    RESTCatalog reader() {
        return catalog(false);
    }

    /** The client of those who repeat, or of the others; fails while there is no control plane. */
    private synchronized RESTCatalog catalog(boolean repeats) {
        RESTCatalog known = catalogs.get(repeats);
        if (known != null) {
            return known;
        }
        Map<String, String> settings = settings(platform);
        Function<Map<String, String>, RESTClient> plain = all -> HTTPClient.builder(all)
                .uri(all.get("uri"))
                .withHeaders(RESTUtil.configHeaders(all))
                .build();
        RepeatingClient repeating = new RepeatingClient(seed, history::odd);
        RESTCatalog catalog = new RESTCatalog(repeats ? all -> repeating.around(plain.apply(all)) : plain);
        catalog.initialize("fjord", settings);
        catalogs.put(repeats, catalog);
        return catalog;
    }

    /** Iceberg's own client, as everybody has it; close it yourself. */
    static RESTCatalog client(KillablePlatform platform) {
        RESTCatalog catalog = new RESTCatalog();
        catalog.initialize("fjord", settings(platform));
        return catalog;
    }

    private static Map<String, String> settings(KillablePlatform platform) {
        Map<String, String> settings = new HashMap<>();
        String uri = "http://127.0.0.1:" + platform.plane().port() + "/iceberg";
        settings.put("uri", uri);
        settings.put("rest.auth.type", "oauth2");
        settings.put("oauth2-server-uri", uri + "/v1/oauth/tokens");
        settings.put("warehouse", "default");
        settings.put("token", platform.plane().token());
        settings.put("rest.client.max-retries", "1");
        settings.put("rest.client.connection-timeout-ms", "5000");
        settings.put("rest.client.socket-timeout-ms", "25000");
        settings.put("s3.access-key-id", TestServers.objectStore().accessKey());
        settings.put("s3.secret-access-key", TestServers.objectStore().secretKey());
        settings.put("s3.retry.num-retries", "1");
        return settings;
    }

    @Override
    public void close() {
        running.set(false);
        tasks.forEach(task -> task.cancel(false));
        threads.shutdownNow();
        synchronized (this) {
            catalogs.values().forEach(catalog -> {
                try {
                    catalog.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private final class Writer {
        private final int number;
        private final boolean repeats;
        private final List<String> names;
        private List<Table> tables = List.of();
        private int writesIn;
        private int sent;

        Writer(int number) {
            this.number = number;
            this.repeats = number % 2 == 0;
            this.names = number < SHARING
                    ? List.of("shared")
                    : number < WRITERS - 1 ? List.of("of-" + number) : List.of("left", "right");
        }

        void turn() {
            open.incrementAndGet();
            try {
                if (running.get() && hasTables()) {
                    commit();
                }
            } catch (RuntimeException e) {
                history.odd("A writer failed: " + e);
            } finally {
                open.decrementAndGet();
            }
        }

        /** No, while nobody is there to make them. */
        private boolean hasTables() {
            int now = round;
            if (writesIn != now) {
                try {
                    RESTCatalog catalog = catalog(repeats);
                    tables = names.stream()
                            .map(name -> table(catalog, named("round-" + now + "-" + name)))
                            .toList();
                    writesIn = now;
                } catch (RuntimeException e) {
                    return false;
                }
            }
            return true;
        }

        private static Table table(RESTCatalog catalog, TableIdentifier name) {
            if (!catalog.namespaceExists(name.namespace())) {
                try {
                    catalog.createNamespace(name.namespace());
                } catch (AlreadyExistsException e) {
                    // Another of the eight was faster.
                }
            }
            try {
                return catalog.loadTable(name);
            } catch (NoSuchTableException none) {
                try {
                    // Or a snapshot that is there could be one that was there once.
                    return catalog.createTable(
                            name,
                            SCHEMA,
                            PartitionSpec.unpartitioned(),
                            Map.of("fjord.expire-snapshots.enabled", "false"));
                } catch (AlreadyExistsException e) {
                    return catalog.loadTable(name);
                }
            }
        }

        private void commit() {
            String id = round + "-" + number + "-" + sent++;
            Map<String, String> files = new TreeMap<>();
            for (Table table : tables) {
                files.put(nameOf(table), table.location() + "/data/" + id + ".parquet");
            }
            Result result = Result.UNKNOWN;
            try {
                for (Table table : tables) {
                    write(table, files.get(nameOf(table)));
                }
                if (tables.size() == 1) {
                    Table table = tables.get(0);
                    table.newFastAppend()
                            .appendFile(data(files.get(nameOf(table))))
                            .set(ATTEMPT, id)
                            .commit();
                } else {
                    catalog(repeats)
                            .commitTransaction(tables.stream()
                                    .map(table -> appended(table, files.get(nameOf(table)), id))
                                    .toList());
                }
                result = Result.OK;
            } catch (CommitFailedException e) {
                result = Result.REFUSED;
            } catch (BadRequestException
                    | ForbiddenException
                    | NotAuthorizedException
                    | NoSuchTableException
                    | NotFoundException
                    | UnprocessableEntityException e) {
                history.odd(id + " was told what no writer deserves: " + e);
            } catch (RuntimeException e) {
                // Nobody was there, or who was has died: it may have been made.
            }
            attempts.add(new Attempt(id, files, result));
            if (result == Result.OK) {
                acknowledged.incrementAndGet();
            }
        }

        private static String nameOf(Table table) {
            return TableIdentifier.parse(table.name()).name();
        }

        private static void write(Table table, @Nullable String file) {
            try (OutputStream out = table.io().newOutputFile(file).createOrOverwrite()) {
                out.write(1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static DataFile data(@Nullable String file) {
            return DataFiles.builder(PartitionSpec.unpartitioned())
                    .withPath(file)
                    .withFormat(FileFormat.PARQUET)
                    .withFileSizeInBytes(1)
                    .withRecordCount(1)
                    .build();
        }

        private static TableCommit appended(Table table, @Nullable String file, String id) {
            Transaction transaction = table.newTransaction();
            transaction.newFastAppend().appendFile(data(file)).set(ATTEMPT, id).commit();
            BaseTransaction made = (BaseTransaction) transaction;
            return TableCommit.create(
                    named(nameOf(table)), ((BaseTable) table).operations().current(), made.currentMetadata());
        }
    }
}
