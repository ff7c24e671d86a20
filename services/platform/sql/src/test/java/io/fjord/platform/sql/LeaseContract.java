package io.fjord.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What one process at a time may do, on each of the databases. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LeaseContract {

    private static final Duration LASTS = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx = Vertx.vertx();
    private final List<Candidate> candidates = new ArrayList<>();
    private Database database;
    private int names;
    private String name;

    abstract String url();

    /** One that asks for it, through a pool of its own. */
    private final class Candidate implements Lease.Work {
        private final Database own = Database.open(vertx, url(), "test", 2);
        private final Context context = vertx.getOrCreateContext();
        private final Lease lease;
        private volatile boolean working;
        private volatile boolean dead;
        private volatile boolean overtaken;

        /** What the lease says while it works; checked against all others at each beginning. */
        private volatile String foul = "";

        Candidate(String place, Duration lasts) {
            lease = new Lease(vertx, own, "test", name, () -> place, lasts, this);
            candidates.add(this);
            context.runOnContext(go -> {
                var unused = lease.start();
            });
        }

        @Override
        public void begin(boolean fromOther) {
            overtaken = fromOther;
            candidates.stream()
                    .filter(other -> other != this && other.working && other.lease.isTrusted())
                    .forEach(other -> foul = "it began while another trusted it still");
            working = true;
        }

        @Override
        public Future<?> end() {
            working = false;
            return Future.succeededFuture();
        }

        boolean holds() {
            return working && lease.isTrusted();
        }

        /** As when its machine is gone: it reaches its database no more, and gives nothing back. */
        void die() {
            dead = true;
            get(own.close());
        }
    }

    @BeforeAll
    void open() {
        database = Database.open(vertx, url(), "test", 2);
        get(database.migrate("test"));
    }

    @AfterAll
    void close() {
        get(database.close());
        get(vertx.close());
    }

    @AfterEach
    void end() {
        for (Candidate one : candidates) {
            CompletableFuture<Void> stopped = new CompletableFuture<>();
            one.context.runOnContext(go -> one.lease.stop().onComplete(done -> stopped.complete(null)));
            stopped.join();
            if (!one.dead) {
                get(one.own.close());
            }
            assertThat(one.foul).isEmpty();
        }
        candidates.clear();
    }

    private Candidate only() {
        await().atMost(PATIENCE).until(() -> candidates.stream().anyMatch(Candidate::holds));
        assertThat(candidates.stream().filter(Candidate::holds)).hasSize(1);
        return candidates.stream().filter(Candidate::holds).findFirst().orElseThrow();
    }

    private void asked() {
        name = "l" + names++;
        for (int i = 0; i < 3; i++) {
            var unused = new Candidate("at " + i, LASTS);
        }
    }

    @Test
    void one_of_many_has_it_and_the_others_know_where() {
        asked();
        Candidate first = only();
        assertThat(first.lease.elsewhere()).isEmpty();
        candidates.stream()
                .filter(one -> one != first)
                .forEach(one -> await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThat(one.lease.elsewhere()).contains("at " + candidates.indexOf(first))));
        get(database.transaction(tx -> first.lease.confirm(tx)));
    }

    @Test
    void what_is_given_back_another_has_at_once() {
        asked();
        Candidate first = only();
        first.context.runOnContext(go -> {
            var unused = first.lease.stop();
        });
        await().atMost(PATIENCE)
                .until(() -> !first.working && candidates.stream().anyMatch(Candidate::holds));
    }

    @Test
    void of_one_that_is_gone_another_takes_it_over_and_its_writing_is_refused() {
        asked();
        Candidate first = only();
        first.die();
        await().atMost(PATIENCE).until(() -> candidates.stream().anyMatch(one -> one != first && one.working));
        assertThat(first.holds()).isFalse();
        assertThatThrownBy(() -> get(database.transaction(tx -> first.lease.confirm(tx))))
                .hasRootCauseInstanceOf(Lease.Lost.class);
        get(database.transaction(tx -> only().lease.confirm(tx)));
        assertThat(only().overtaken).isTrue();
    }

    @Test
    void of_a_process_of_this_machine_that_was_killed_another_takes_it_over_without_waiting_for_its_end()
            throws Exception {
        name = "l" + names++;
        Process holder = new ProcessBuilder("sleep", "1000").start();
        try {
            get(database.query(
                    "insert into test.lease (name, holder, place, process, term, beat) values (?, ?, ?, ?, ?, ?)",
                    name,
                    "another",
                    "",
                    ProcessMark.of(holder.pid()),
                    7L,
                    1L));
        } finally {
            holder.destroyForcibly();
        }
        Candidate one = new Candidate("here", Duration.ofHours(1));
        await().atMost(PATIENCE).until(() -> one.working);
        assertThat(one.overtaken).isTrue();
    }

    @Test
    void whoever_confirmed_it_is_done_before_another_has_it() {
        asked();
        Candidate first = only();
        CompletableFuture<Void> go = new CompletableFuture<>();
        CompletableFuture<Void> locked = new CompletableFuture<>();
        Future<Boolean> writing =
                database.transaction(tx -> first.lease.confirm(tx).compose(ok -> {
                    locked.complete(null);
                    return Future.fromCompletionStage(go)
                            .map(went -> candidates.stream().noneMatch(one -> one != first && one.working));
                }));
        locked.join();
        first.die();
        // Nobody may have it while that transaction lasts, however long the beat stands still.
        await().during(LASTS.multipliedBy(2))
                .atMost(PATIENCE)
                .until(() -> candidates.stream().noneMatch(one -> one != first && one.working));
        go.complete(null);
        assertThat(get(writing)).isTrue();
        await().atMost(PATIENCE).until(() -> candidates.stream().anyMatch(Candidate::holds));
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
