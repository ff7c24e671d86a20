package io.fjord.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Partition;
import io.fjord.kernel.Store;
import io.fjord.kernel.Stored;
import io.fjord.kernel.VersionConflict;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemoryMetastoreTest extends MetastoreContract {

    private static final MemoryMetastore METASTORE = new MemoryMetastore("test");
    private static final Partition PARTITION = new Partition("commands", 0);

    @Override
    protected Metastore metastore() {
        return METASTORE;
    }

    @Test
    void a_crash_loses_open_transactions_and_keeps_the_others() {
        MemoryMetastore metastore = new MemoryMetastore("test");
        Promise<Void> go = Promise.promise();
        Future<Void> open = metastore.transaction(tx -> metastore
                .lockOffset(tx, PARTITION)
                .compose(next -> go.future())
                .compose(done -> metastore.writeOffset(tx, PARTITION, 5)));
        Future<Long> waiting = metastore.transaction(tx -> metastore.lockOffset(tx, PARTITION));

        get(metastore.crash());
        go.complete();

        assertThat(metastore.isTransient(open.cause())).isTrue();
        assertThat(metastore.isTransient(waiting.cause())).isTrue();
        assertThat(get(metastore.offset(PARTITION))).isZero();
    }

    @Test
    void a_commit_may_be_lost_or_only_its_answer() {
        MemoryMetastore metastore = new MemoryMetastore("test");
        MemoryMetastore.Unavailable failure = new MemoryMetastore.Unavailable("on purpose");
        for (MemoryMetastore.Step step : List.of(MemoryMetastore.Step.COMMIT, MemoryMetastore.Step.COMMITTED)) {
            metastore.fail(at -> at == step ? failure : null);
            assertThatThrownBy(() -> get(metastore.transaction(tx -> metastore
                            .lockOffset(tx, PARTITION)
                            .compose(next -> metastore.writeOffset(tx, PARTITION, 5)))))
                    .isSameAs(failure);
            metastore.fail(MemoryMetastore.Faults.NONE);
            assertThat(get(metastore.offset(PARTITION))).isEqualTo(step == MemoryMetastore.Step.COMMIT ? 0 : 5);
        }
    }

    @Test
    void a_restored_copy_goes_on_under_a_new_epoch() {
        MemoryMetastore metastore = new MemoryMetastore("test");
        MemoryMetastore copy = get(metastore.copy());

        assertThat(get(copy.raiseEpoch(4))).isEqualTo(new Position(5, 0));
        assertThat(get(copy.position())).isEqualTo(new Position(5, 0));
        assertThat(get(metastore.position())).isEqualTo(Position.START);
    }

    @Test
    void a_simulation_decides_the_order_of_steps() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            List<Runnable> steps = new ArrayList<>();
            MemoryMetastore metastore = new MemoryMetastore("test", steps::add);
            List<Future<Void>> writers = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                writers.add(metastore.transaction(tx -> metastore
                        .lockOffset(tx, PARTITION)
                        .compose(next -> metastore.writeOffset(tx, PARTITION, next + 1))));
            }
            while (!steps.isEmpty()) {
                steps.remove(random.nextInt(steps.size())).run();
            }
            assertThat(writers).allMatch(Future::succeeded);
            Future<Long> offset = metastore.offset(PARTITION);
            steps.remove(0).run();
            assertThat(offset.result()).isEqualTo(5);
        }
    }

    @Test
    void a_store_writes_a_row_only_over_the_version_it_read() {
        MemoryMetastore metastore = new MemoryMetastore("test");
        MemoryStore<String> store = new MemoryStore<>("cluster");
        Address subject = Address.parse("default/cluster/a");
        Stored<String> absent = new Stored<>("", 0);
        Stored<String> first = new Stored<>("one", 1);

        get(metastore.transaction(tx -> store.saveAll(tx, List.of(new Store.Change<>(subject, absent, first)))));

        Map<Address, Stored<String>> loaded = get(metastore.transaction(tx -> store.loadAll(tx, List.of(subject))));
        assertThat(loaded).isEqualTo(Map.of(subject, first));
        assertThatThrownBy(() -> get(metastore.transaction(
                        tx -> store.saveAll(tx, List.of(new Store.Change<>(subject, absent, first))))))
                .isInstanceOf(VersionConflict.class);
    }
}
