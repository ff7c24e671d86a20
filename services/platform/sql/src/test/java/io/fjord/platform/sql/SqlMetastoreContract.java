package io.fjord.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fjord.contract.Position;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Partition;
import io.fjord.testing.MetastoreContract;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The metastore contract and what else must hold on each of the databases. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SqlMetastoreContract extends MetastoreContract {

    private static final String SERVICE = "test";
    private static final String MIGRATIONS = "io/fjord/platform/sql/test";

    private final Vertx vertx = Vertx.vertx();
    protected Database database;
    private SqlMetastore metastore;

    protected abstract String url();

    /** SQL that ends the connection it runs on. */
    protected abstract String suicide();

    @BeforeAll
    void migrate() {
        database = Database.open(vertx, url(), "contract", 16);
        get(database.migrate(SERVICE, MIGRATIONS));
        metastore = new SqlMetastore(database, SERVICE);
    }

    @AfterAll
    void close() {
        get(database.close());
        get(vertx.close());
    }

    @Override
    protected Metastore metastore() {
        return metastore;
    }

    @Test
    void migrations_run_again_change_nothing() {
        Position before = get(metastore.position());
        get(database.migrate(SERVICE, MIGRATIONS));
        get(database.migrate(SERVICE));
        assertThat(get(metastore.position())).isEqualTo(before);
    }

    @Test
    void services_migrate_side_by_side() {
        // Among them one whose name is a keyword on MariaDB.
        List<String> services = List.of("one", "two", "sql");
        get(Future.join(services.stream()
                .map(service -> database.migrate(service, MIGRATIONS))
                .toList()));
        for (String service : services) {
            assertThat(get(new SqlMetastore(database, service).position())).isEqualTo(Position.START);
            assertThat(rows("select what from " + service + ".thing")).isEmpty();
        }
    }

    @Test
    void a_folder_without_migrations_is_named() {
        assertThatThrownBy(() -> get(database.migrate(SERVICE, "no/such/folder")))
                .hasMessageContaining("no/such/folder");
    }

    @Test
    void the_file_of_the_dialect_takes_the_place_of_the_common_one() {
        String expected = database.dialect() == Dialect.POSTGRES ? "postgres" : "mariadb";
        assertThat(rows("select name from test.dialect").get(0).getString(0)).isEqualTo(expected);
    }

    @Test
    void what_the_log_tells_of_is_waited_for_until_it_is_seen() throws Exception {
        Promise<Void> commit = Promise.promise();
        CompletableFuture<Position> appended = new CompletableFuture<>();
        Future<Void> committed = metastore.transaction(tx -> metastore
                .append(tx, List.of(event("shown", 1L)), Instant.now())
                .compose(at -> {
                    appended.complete(at);
                    return commit.future();
                }));
        Position told = appended.get(30, TimeUnit.SECONDS);
        Future<Void> shown = metastore.shows(told);
        // Each goes the same way to the database, after the first look.
        get(metastore.position());
        get(metastore.position());
        assertThat(shown.isComplete()).isFalse();

        commit.complete();
        get(committed);
        get(shown);
        assertThat(get(metastore.position())).isEqualTo(told);
    }

    @Test
    void one_sql_serves_all() {
        List<Tuple> things = new ArrayList<>();
        IntStream.range(0, 1000).forEach(i -> things.add(Tuple.of("one-sql-" + i, i, "what? " + i, i % 2 == 0)));
        get(database.transaction(tx -> tx.upsert("test.thing", List.of("id"), List.of("size", "what", "odd"), things)));
        get(database.transaction(tx -> tx.upsert(
                "test.thing",
                List.of("id"),
                List.of("size"),
                List.of(Tuple.of("one-sql-0", 7), Tuple.of("one-sql-1", 8)))));
        get(database.transaction(tx -> tx.insertIfAbsent(
                "test.thing",
                List.of("id"),
                List.of("size"),
                List.of(Tuple.of("one-sql-2", 9), Tuple.of("one-sql-x", 9)))));

        List<String> ids = IntStream.range(0, 600).mapToObj(i -> "one-sql-" + i).toList();
        List<Row> found = get(database.transaction(tx -> tx.queryIn(
                "select id, size, what, odd from test.thing where what <> ? and id in (??)", ids, "what? 500")));

        assertThat(found).hasSize(599);
        Row first = found.stream()
                .filter(row -> row.getString("id").equals("one-sql-0"))
                .findFirst()
                .orElseThrow();
        assertThat(first.getInteger("size")).isEqualTo(7);
        assertThat(first.getString("what")).isEqualTo("what? 0");
        assertThat(first.getBoolean("odd")).isTrue();
        assertThat(rows("select size from test.thing where id in ('one-sql-2', 'one-sql-x') order by id"))
                .extracting(row -> row.getInteger(0))
                .containsExactly(2, 9);
        List<Integer> counts = get(database.transaction(tx -> tx.updates(
                "update test.thing set size = ? where id = ?",
                List.of(Tuple.of(7, "one-sql-0"), Tuple.of(1, "nothing"), Tuple.of(1, "one-sql-1")))));
        // Rows matched, also where nothing changed.
        assertThat(counts).containsExactly(1, 0, 1);
    }

    @Test
    void many_rows_hold_what_one_would() {
        List<Tuple> rows = List.of(
                Tuple.of("many-0", 1, null, true),
                Tuple.of("many-1", 2L, "it's, \"so\" {or} \\ \u00e4\ud83d\ude00", null),
                Tuple.of("many-2", 3, "", false),
                Tuple.of("many-3", 4, "null", null),
                Tuple.of("many-4", 5, null, null));
        get(database.transaction(tx -> tx.insert("test.thing (id, size, what, odd)", rows)));
        List<Tuple> halfEmpty = IntStream.range(5, 12)
                .mapToObj(i -> Tuple.of("many-" + i, i, null, i % 2 == 0))
                .toList();
        get(database.transaction(tx -> tx.insert("test.thing (id, size, what, odd)", halfEmpty)));

        List<Row> found = rows("select id, size, what, odd from test.thing where id like 'many-%' order by id");
        assertThat(found).hasSize(12);
        for (Row row : found) {
            int i = Integer.parseInt(row.getString("id").substring("many-".length()));
            Tuple written = i < rows.size() ? rows.get(i) : halfEmpty.get(i - rows.size());
            assertThat(row.getLong("size")).isEqualTo(written.getLong(1));
            assertThat(row.getString("what")).isEqualTo(written.getString(2));
            assertThat(row.getBoolean("odd")).isEqualTo(written.getBoolean(3));
        }
    }

    @Test
    void a_key_that_is_taken_is_told_from_other_failures() {
        get(database.query("insert into test.thing (id, size) values (?, ?)", "taken", 1));
        Future<?> again = database.query("insert into test.thing (id, size) values (?, ?)", "taken", 1);
        Future<?> wrong = database.query("insert into test.nothing (id) values (1)");
        get(Future.join(again, wrong).otherwiseEmpty());
        assertThat(SqlTx.isDuplicate(again.cause())).isTrue();
        assertThat(Database.isTransient(again.cause())).isFalse();
        assertThat(SqlTx.isDuplicate(wrong.cause())).isFalse();
        assertThat(Database.isTransient(wrong.cause())).isFalse();
    }

    @Test
    void a_lost_connection_is_transient_and_the_pool_goes_on() {
        Partition partition = new Partition("lost", 0);
        Future<Void> lost = metastore.transaction(tx -> metastore
                .lockOffset(tx, partition)
                .compose(next -> metastore.writeOffset(tx, partition, 5))
                .compose(done -> SqlTx.of(tx).query(suicide()).mapEmpty())
                .compose(done -> metastore.append(tx, List.of(), Instant.now()).mapEmpty()));
        get(lost.otherwiseEmpty());

        assertThat(lost.failed()).isTrue();
        assertThat(metastore.isTransient(lost.cause())).as("%s", lost.cause()).isTrue();
        // The pool may hand out the dead connection once more, before it has heard of its end.
        await().ignoreExceptionsMatching(metastore::isTransient)
                .untilAsserted(
                        () -> assertThat(get(metastore.offset(partition))).isZero());
    }

    @Test
    void a_server_that_is_not_there_is_transient() {
        Database nowhere = Database.open(
                vertx, url().replaceFirst("127\\.0\\.0\\.1:\\d+|localhost:\\d+", "127.0.0.1:1"), "nowhere", 1);
        Future<?> position = new SqlMetastore(nowhere, SERVICE).position();
        Future<?> migrated = nowhere.migrate(SERVICE);
        get(Future.join(position, migrated).otherwiseEmpty());
        assertThat(Database.isTransient(position.cause())).isTrue();
        assertThat(Database.isTransient(migrated.cause()))
                .as("%s", migrated.cause())
                .isTrue();
        get(nowhere.close());
    }

    @Test
    void a_server_that_falls_silent_is_given_up_and_asked_again() {
        AtomicBoolean silent = new AtomicBoolean();
        AtomicInteger dropped = new AtomicInteger();
        int port = get(throughProxy(silent, dropped)).actualPort();
        Database proxied = Database.open(
                vertx, url().replaceFirst("@[^/]+", "@127.0.0.1:" + port), "proxied", 1, Duration.ofMillis(500));
        SqlMetastore behind = new SqlMetastore(proxied, SERVICE);
        Position before = get(behind.position());
        Partition partition = new Partition("silent", 0);
        Promise<Void> locked = Promise.promise();
        Promise<Void> go = Promise.promise();
        Future<Void> open = behind.transaction(tx -> behind.lockOffset(tx, partition)
                .onSuccess(next -> locked.complete())
                .compose(next -> go.future())
                .compose(done -> behind.writeOffset(tx, partition, 5)));
        get(locked.future());

        silent.set(true);
        go.complete();

        get(open.otherwiseEmpty());
        assertThat(behind.isTransient(open.cause())).as("%s", open.cause()).isTrue();
        assertThat(dropped).hasPositiveValue();
        silent.set(false);
        await().ignoreExceptionsMatching(behind::isTransient)
                .untilAsserted(() -> assertThat(get(behind.position())).isEqualTo(before));
        get(proxied.close());
    }

    private Future<NetServer> throughProxy(AtomicBoolean silent, AtomicInteger dropped) {
        URI server = URI.create(url());
        NetClient client = vertx.createNetClient();
        return vertx.createNetServer()
                .connectHandler(near -> {
                    near.pause();
                    client.connect(server.getPort(), server.getHost())
                            .onSuccess(far -> {
                                near.handler(bytes -> forward(bytes, far, silent, dropped));
                                far.handler(bytes -> forward(bytes, near, silent, dropped));
                                // Closed neither way: that is the point.
                                near.resume();
                            })
                            .onFailure(failure -> near.close().onComplete(done -> {}));
                })
                .listen(0, "127.0.0.1");
    }

    private static void forward(Buffer bytes, NetSocket to, AtomicBoolean silent, AtomicInteger dropped) {
        if (silent.get()) {
            dropped.incrementAndGet();
        } else {
            to.write(bytes).onComplete(done -> {});
        }
    }

    @Test
    void a_transaction_that_is_over_runs_nothing_more() {
        SqlTx over = get(database.transaction(Future::succeededFuture));
        assertThatThrownBy(() -> get(over.query("select 1"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_new_epoch_is_above_all_and_the_numbers_go_on() {
        get(database.migrate("restored"));
        SqlMetastore restored = new SqlMetastore(database, "restored");
        assertThat(get(restored.raiseEpoch(3))).isEqualTo(new Position(4, 0));
        assertThat(get(restored.raiseEpoch(1))).isEqualTo(new Position(5, 0));
        assertThat(get(restored.position())).isEqualTo(new Position(5, 0));
    }

    @Test
    void the_inbox_keeps_at_least_seven_days() {
        get(database.migrate("inbox_test"));
        SqlMetastore inbox = new SqlMetastore(database, "inbox_test");
        Instant start = Instant.parse("2026-11-21T12:00:00Z");
        for (int day = 0; day < 25; day++) {
            Instant now = start.plus(Duration.ofDays(day));
            String id = "day-" + day;
            get(inbox.transaction(tx -> inbox.remember(tx, Map.of(id, "d"), now)));
            get(inbox.housekeeping(now));
            List<String> all =
                    IntStream.rangeClosed(0, day).mapToObj(i -> "day-" + i).toList();
            Map<String, String> kept = get(inbox.transaction(tx -> inbox.handled(tx, all)));
            assertThat(kept.keySet())
                    .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(Math.max(0, day - 7), day)
                            .mapToObj(i -> "day-" + i)
                            .toList());
        }
    }

    @Test
    void a_view_moves_its_position_with_its_rows() {
        ProjectionPositions positions = new ProjectionPositions(database, SERVICE, "view");
        assertThat(get(positions.read("core"))).isEqualTo(Position.START);
        Future<Void> failed = database.transaction(tx -> positions
                .write(tx, "core", new Position(1, 5))
                .compose(done -> Future.failedFuture(new IllegalStateException("on purpose"))));
        assertThatThrownBy(() -> get(failed)).isInstanceOf(IllegalStateException.class);
        assertThat(get(positions.read("core"))).isEqualTo(Position.START);

        Position seen = get(database.transaction(tx -> positions
                .lock(tx, "core")
                .compose(at -> positions.write(tx, "core", new Position(2, 5)))
                .compose(done -> positions.read(tx, "core"))));

        assertThat(seen).isEqualTo(new Position(2, 5));
        assertThat(get(positions.read("core"))).isEqualTo(new Position(2, 5));
        assertThat(get(positions.read("catalog"))).isEqualTo(Position.START);
    }

    @Test
    void a_view_is_moved_by_one_at_a_time() {
        ProjectionPositions positions = new ProjectionPositions(database, SERVICE, "contended");
        Promise<Void> locked = Promise.promise();
        Promise<Void> go = Promise.promise();
        Future<Void> first = database.transaction(tx -> positions
                .lock(tx, "core")
                .onSuccess(at -> locked.complete())
                .compose(at -> go.future())
                .compose(done -> positions.write(tx, "core", new Position(1, 9))));
        get(locked.future());
        Future<Position> second = database.transaction(tx -> positions.lock(tx, "core"));
        go.complete();
        get(first);
        assertThat(get(second)).isEqualTo(new Position(1, 9));
    }

    @Test
    void the_vault_gives_back_what_it_was_given_and_stores_nothing_readable() {
        Vault vault = new Vault(database, SERVICE, new byte[32]);
        String ref = get(vault.put("päßword"));
        byte[] bytes = new byte[100_000];
        bytes[17] = 42;
        String large = get(vault.put(bytes));

        assertThat(get(vault.getText(ref))).isEqualTo("päßword");
        assertThat(get(vault.get(large))).isEqualTo(bytes);
        Row row = rows("select nonce, ciphertext, key_id from test.vault where ref = '" + ref + "'")
                .get(0);
        assertThat(new String(row.getBuffer(1).getBytes(), StandardCharsets.ISO_8859_1))
                .doesNotContain("word");
        assertThat(row.getBuffer(0).length()).isEqualTo(12);
        assertThat(vault.toString()).isEqualTo("vault of test");
    }

    @Test
    void the_vault_notices_another_key_another_row_and_a_changed_secret() {
        Vault vault = new Vault(database, SERVICE, new byte[32]);
        byte[] otherKey = new byte[32];
        otherKey[0] = 1;
        String one = get(vault.put("one"));
        String two = get(vault.put("two"));
        assertThatThrownBy(() -> get(new Vault(database, SERVICE, otherKey).get(one)))
                .isInstanceOf(Vault.Missing.class)
                .hasMessageContaining("key");
        Row stored = rows("select nonce, ciphertext from test.vault where ref = '" + one + "'")
                .get(0);

        get(database.query(
                "update test.vault set nonce = ?, ciphertext = ? where ref = ?",
                stored.getBuffer(0),
                stored.getBuffer(1),
                two));

        assertThatThrownBy(() -> get(vault.get(two))).isInstanceOf(Vault.Missing.class);
        assertThatThrownBy(() -> get(vault.get(Ids.next()))).isInstanceOf(Vault.Missing.class);
        assertThatThrownBy(() -> new Vault(database, SERVICE, new byte[16]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_secret_under_a_reference_of_the_callers_is_written_once() {
        Vault vault = new Vault(database, SERVICE, new byte[32]);
        String ref = Ids.next();
        get(vault.putIfAbsent(ref, new byte[] {1, -2, 3}));
        get(vault.putIfAbsent(ref, new byte[] {4}));
        assertThat(get(vault.get(ref))).isEqualTo(new byte[] {1, -2, 3});
    }

    @Test
    void secrets_nobody_refers_to_expire() {
        Vault vault = new Vault(database, SERVICE, new byte[32]);
        String kept = get(vault.put("kept"));
        String dropped = get(vault.put("dropped"));
        get(database.transaction(tx -> vault.markReferenced(tx, kept)));

        assertThat(get(vault.expireUnreferenced(Instant.now().minusSeconds(3600))))
                .isZero();
        assertThat(get(vault.getText(dropped))).isEqualTo("dropped");
        assertThat(get(vault.expireUnreferenced(Instant.now().plusSeconds(1)))).isPositive();

        assertThat(get(vault.getText(kept))).isEqualTo("kept");
        assertThatThrownBy(() -> get(vault.get(dropped))).isInstanceOf(Vault.Missing.class);
        assertThatThrownBy(() -> get(database.transaction(tx -> vault.markReferenced(tx, dropped))))
                .isInstanceOf(Vault.Missing.class);
        get(database.transaction(tx -> vault.remove(tx, kept)));
        assertThatThrownBy(() -> get(vault.get(kept))).isInstanceOf(Vault.Missing.class);
    }

    protected List<Row> rows(String sql) {
        List<Row> rows = new ArrayList<>();
        get(database.query(sql)).forEach(rows::add);
        return rows;
    }
}
