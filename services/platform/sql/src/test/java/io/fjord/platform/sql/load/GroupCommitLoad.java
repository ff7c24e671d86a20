package io.fjord.platform.sql.load;

import io.fjord.contract.Address;
import io.fjord.kernel.GroupCommitter;
import io.fjord.kernel.GroupCommitter.Written;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.NewEvent;
import io.fjord.kernel.Tx;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Eight writers commit one after the other, through the group committer or each taking the counter row itself; prints one line
 * a turn: {@code group <commits/s>} or {@code alone <commits/s>}. The load tests start it against a database of theirs.
 */
public final class GroupCommitLoad {

    private static final String SERVICE = "groupload";
    private static final int WRITERS = 8;

    private final Metastore metastore;
    private final GroupCommitter committer;

    private GroupCommitLoad(Metastore metastore) {
        this.metastore = metastore;
        this.committer = new GroupCommitter(metastore, Clock.systemUTC());
    }

    /** Arguments: rounds, and seconds of each turn; the database's address is in the environment. */
    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[0]);
        int seconds = Integer.parseInt(arguments[1]);
        Vertx vertx = Vertx.vertx();
        Database database = Database.open(vertx, System.getenv("FJORD_DATABASE"), SERVICE, WRITERS);
        get(database.migrate(SERVICE));
        get(
                database.query(
                        "create table if not exists groupload.thing (id varchar(36) not null primary key, name varchar(63) not null)"));
        SqlMetastore metastore = new SqlMetastore(database, SERVICE);
        GroupCommitLoad load = new GroupCommitLoad(metastore);
        long before = get(metastore.position()).n();
        long made = load.run(vertx, true, 2) + load.run(vertx, false, 2);
        for (int round = 0; round < rounds; round++) {
            long together = load.run(vertx, true, seconds);
            System.out.printf("group %.1f%n", together / (double) seconds);
            long alone = load.run(vertx, false, seconds);
            System.out.printf("alone %.1f%n", alone / (double) seconds);
            made += together + alone;
        }
        long rows = get(database.query("select count(*) from groupload.thing"))
                .iterator()
                .next()
                .getLong(0);
        long events = get(database.query("select count(*) from groupload.event"))
                .iterator()
                .next()
                .getLong(0);
        long end = get(metastore.position()).n();
        if (rows != events || events != end || end - before != made) {
            throw new IllegalStateException(
                    rows + " rows, " + events + " events, counter " + end + ", answered " + made);
        }
        System.out.println("verified " + end);
        get(database.close());
        get(vertx.close());
    }

    /** @return commits answered within the time */
    private long run(Vertx vertx, boolean together, int seconds) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        Context context = vertx.getOrCreateContext();
        List<Future<Long>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            Promise<Long> done = Promise.promise();
            context.runOnContext(go -> write(together, end, 0, done));
            writers.add(done.future());
        }
        long commits = 0;
        for (Future<Long> writer : writers) {
            commits += get(writer);
        }
        return commits;
    }

    private void write(boolean together, long end, long answered, Promise<Long> done) {
        if (System.nanoTime() >= end) {
            done.complete(answered);
            return;
        }
        Future<?> committed = together
                ? committer.commit(this::action)
                : metastore.transaction(tx -> action(tx)
                        .compose(written -> metastore.append(
                                tx, written.events(), Clock.systemUTC().instant())));
        committed.onComplete(ok -> write(together, end, answered + 1, done), done::fail);
    }

    /** A row and the event that tells of it. */
    private Future<Written<String>> action(Tx tx) {
        String id = Ids.next();
        NewEvent event = new NewEvent(
                Ids.next(),
                "fjord.groupload.thing.ThingMade.v1",
                new Address("default", "thing", id),
                1L,
                "service:load-tests",
                id,
                null,
                null,
                null,
                null,
                null,
                "{\"name\":\"one\"}");
        return SqlTx.of(tx)
                .query("insert into groupload.thing (id, name) values (?, ?)", id, "one")
                .map(done -> new Written<>(id, List.of(event)));
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
