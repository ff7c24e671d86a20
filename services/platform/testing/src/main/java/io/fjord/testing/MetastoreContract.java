package io.fjord.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.Address;
import io.fjord.contract.Clearance;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.controlpolicies.guardrail.GuardrailMode;
import io.fjord.kernel.GroupCommitter;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Metastore.DeadlineRow;
import io.fjord.kernel.Names;
import io.fjord.kernel.NewEvent;
import io.fjord.kernel.Partition;
import io.fjord.kernel.Quota;
import io.fjord.kernel.Refusal;
import io.fjord.kernel.Tx;
import io.fjord.kernel.VersionConflict;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Metastore} does, whatever it is made of. Its tests share one metastore and use names of their own. */
public abstract class MetastoreContract {

    private static final AtomicInteger NAMES = new AtomicInteger();

    private Metastore metastore;
    private String mine;
    private Partition partition;

    /** The same for all tests of the class; at least 12 transactions must fit in at once. */
    protected abstract Metastore metastore();

    @BeforeEach
    void names() {
        metastore = metastore();
        mine = "t" + NAMES.incrementAndGet();
        partition = new Partition("fjord." + mine + ".commands", 3);
    }

    // Transactions

    @Test
    void a_transaction_that_fails_leaves_nothing() {
        Position before = get(metastore.position());
        IllegalArgumentException failure = new IllegalArgumentException("on purpose");

        Future<Position> failed = metastore.transaction(tx -> metastore
                .lockOffset(tx, partition)
                .compose(next -> metastore.writeOffset(tx, partition, 9))
                .compose(done -> metastore.remember(tx, Map.of(mine, "digest"), Instant.now()))
                .compose(done -> metastore.saveQuotas(tx, List.of(quota(mine, 5, 1))))
                .compose(done -> metastore.saveDeadlines(tx, List.of(deadline("a", Instant.EPOCH))))
                .compose(done -> metastore.append(tx, List.of(event("a", 1L)), Instant.now()))
                .compose(position -> Future.failedFuture(failure)));

        assertThatThrownBy(() -> get(failed)).isSameAs(failure);
        assertThat(get(metastore.position())).isEqualTo(before);
        assertThat(get(metastore.history(subject("a"), null))).isEmpty();
        assertThat(get(metastore.offset(partition))).isZero();
        assertThat(get(metastore.dueDeadlines(Instant.EPOCH, 1000)))
                .noneMatch(row -> row.subject().equals(subject("a")));
        assertThat(handled(List.of(mine))).isEmpty();
        assertThat(lockedQuotas(List.of(mine))).containsEntry(mine, Quota.unlimited(mine));
    }

    @Test
    void work_that_throws_rolls_back() {
        IllegalStateException failure = new IllegalStateException("on purpose");
        assertThatThrownBy(() -> get(metastore.transaction(tx -> {
                    throw failure;
                })))
                .isSameAs(failure);
        assertThat(metastore.isTransient(failure)).isFalse();
    }

    @Test
    void a_transaction_sees_what_it_wrote_and_others_do_not() {
        Promise<Void> written = Promise.promise();
        Promise<Void> go = Promise.promise();
        Future<Map<String, String>> first = metastore.transaction(tx -> metastore
                .remember(tx, Map.of(mine, "digest"), Instant.now())
                .onComplete(written)
                .compose(done -> go.future())
                .compose(done -> metastore.handled(tx, List.of(mine))));
        get(written.future());

        assertThat(handled(List.of(mine))).isEmpty();

        go.complete();
        assertThat(get(first)).containsOnly(Map.entry(mine, "digest"));
        assertThat(handled(List.of(mine, "other"))).containsOnly(Map.entry(mine, "digest"));
    }

    @Test
    void of_two_that_wait_for_each_other_one_fails_and_may_try_again() {
        Partition other = new Partition(partition.topic(), 4);
        setOffset(partition, 1);
        setOffset(other, 1);
        Promise<Void> firstHolds = Promise.promise();
        Promise<Void> secondHolds = Promise.promise();
        Future<Long> first = crossing(partition, other, firstHolds, secondHolds.future());
        Future<Long> second = crossing(other, partition, secondHolds, firstHolds.future());

        get(Future.join(first, second).otherwiseEmpty());

        assertThat(List.of(first.succeeded(), second.succeeded())).contains(true);
        for (Future<Long> one : List.of(first, second)) {
            if (one.failed()) {
                assertThat(metastore.isTransient(one.cause())).isTrue();
            }
        }
    }

    private Future<Long> crossing(Partition mineFirst, Partition then, Promise<Void> holding, Future<Void> otherHolds) {
        return metastore.transaction(tx -> metastore
                .lockOffset(tx, mineFirst)
                .onSuccess(next -> holding.complete())
                .compose(next -> otherHolds)
                .compose(held -> metastore.lockOffset(tx, then)));
    }

    // Offsets

    @Test
    void an_offset_starts_at_zero_and_is_what_was_written() {
        assertThat(get(metastore.offset(partition))).isZero();
        assertThat(lockedOffset()).isZero();
        setOffset(partition, 42);
        assertThat(get(metastore.offset(partition))).isEqualTo(42);
        assertThat(lockedOffset()).isEqualTo(42);
        assertThat(get(metastore.offset(new Partition(partition.topic(), 4)))).isZero();
    }

    @Test
    void a_topic_made_anew_under_the_same_name_begins_at_zero() {
        setOffset(partition, 42);

        assertThat(get(metastore.offset(partition, "this"))).isEqualTo(42);
        assertThat(get(metastore.offset(partition, "this"))).isEqualTo(42);
        assertThat(get(metastore.offset(partition, "another"))).isZero();
        assertThat(get(metastore.offset(partition))).isZero();
        setOffset(partition, 3);
        assertThat(get(metastore.offset(partition, "another"))).isEqualTo(3);
    }

    @Test
    void a_second_handler_waits_for_the_first_and_finds_the_offset_moved() {
        setOffset(partition, 7);
        secondHandlerFindsTheOffsetMoved();
    }

    @Test
    void a_second_handler_waits_also_where_the_row_is_new() {
        secondHandlerFindsTheOffsetMoved();
    }

    private void secondHandlerFindsTheOffsetMoved() {
        Promise<Void> locked = Promise.promise();
        Promise<Void> go = Promise.promise();
        Promise<Void> secondHasBegun = Promise.promise();
        Future<Void> first = metastore.transaction(tx -> metastore
                .lockOffset(tx, partition)
                .onSuccess(next -> locked.complete())
                .compose(next -> go.future())
                .compose(done -> metastore.writeOffset(tx, partition, 100)));
        get(locked.future());
        Future<Long> second = metastore.transaction(tx -> {
            Future<Long> next = metastore.lockOffset(tx, partition);
            secondHasBegun.complete();
            return next;
        });
        get(secondHasBegun.future());
        // A read without a lock is not held up.
        assertThat(get(metastore.offset(partition))).isNotEqualTo(100);
        assertThat(second.isComplete()).isFalse();

        go.complete();

        get(first);
        assertThat(get(second)).isEqualTo(100);
    }

    @Test
    void an_offset_that_was_never_locked_cannot_be_written() {
        assertThatThrownBy(() -> get(metastore.transaction(tx -> metastore.writeOffset(tx, partition, 5))))
                .isInstanceOf(IllegalStateException.class);
    }

    // Inbox

    @Test
    void the_inbox_knows_many_commands_at_once() {
        Map<String, String> digests = new HashMap<>();
        IntStream.range(0, 700).forEach(i -> digests.put(mine + "-" + i, "digest " + i));

        get(metastore.transaction(tx -> metastore.remember(tx, digests, Instant.now())));

        List<String> asked = new ArrayList<>(digests.keySet());
        asked.add("nobody");
        assertThat(handled(asked)).isEqualTo(digests);
        assertThat(handled(List.of())).isEmpty();
    }

    @Test
    void a_command_handled_elsewhere_meanwhile_is_decided_again() {
        Instant now = Instant.now();
        get(metastore.transaction(tx -> metastore.remember(tx, Map.of(mine, "one"), now)));

        Future<Void> again = metastore.transaction(tx -> metastore.remember(tx, Map.of(mine, "two"), now));

        assertThatThrownBy(() -> get(again)).isInstanceOf(VersionConflict.class);
        assertThat(handled(List.of(mine))).containsOnly(Map.entry(mine, "one"));
    }

    @Test
    void a_failed_statement_dooms_the_transaction_even_if_the_work_recovers() {
        Instant now = Instant.now();
        get(metastore.transaction(tx -> metastore.remember(tx, Map.of(mine, "one"), now)));

        Future<Void> recovered = metastore.transaction(tx -> metastore
                .lockOffset(tx, partition)
                .compose(next -> metastore.writeOffset(tx, partition, 8))
                .compose(done -> metastore.remember(tx, Map.of(mine, "two"), now))
                .recover(failure -> Future.succeededFuture()));

        assertThatThrownBy(() -> get(recovered)).isInstanceOf(Throwable.class);
        assertThat(get(metastore.offset(partition))).isZero();
    }

    // Quotas

    @Test
    void quotas_are_what_was_saved_and_a_domain_without_rows_has_no_limits() {
        Quota quota = new Quota(
                mine, Map.of("cpu", new Quota.Allowance(10, 4), "memory", new Quota.Allowance(Long.MAX_VALUE, 1)));
        get(metastore.transaction(tx -> metastore.saveQuotas(tx, List.of(quota))));

        Map<String, Quota> found = lockedQuotas(List.of(mine + "-free", mine));

        assertThat(found)
                .containsOnly(Map.entry(mine, quota), Map.entry(mine + "-free", Quota.unlimited(mine + "-free")));
    }

    @Test
    void no_use_of_a_quota_is_lost_among_handlers() {
        get(metastore.transaction(tx ->
                metastore.saveQuotas(tx, List.of(quota(mine + "-a", 1000, 0), quota(mine + "-b", 1000, 0)))));
        List<List<String>> orders = List.of(List.of(mine + "-a", mine + "-b"), List.of(mine + "-b", mine + "-a"));

        concurrently(
                8,
                writer -> repeat(
                        5,
                        i -> metastore.transaction(tx -> metastore
                                .lockQuotas(tx, orders.get(writer % 2))
                                .compose(quotas -> metastore.saveQuotas(
                                        tx,
                                        quotas.values().stream()
                                                .map(quota -> quota.replacing(Map.of(), Map.of("cpu", 1L)))
                                                .toList())))));

        lockedQuotas(orders.get(0))
                .values()
                .forEach(quota -> assertThat(quota.of("cpu").used()).isEqualTo(40));
    }

    @Test
    void no_use_is_lost_where_the_quota_row_is_new() {
        concurrently(
                4,
                writer -> again(() -> metastore.transaction(tx -> metastore
                        .lockQuotas(tx, List.of(mine))
                        .compose(quotas -> metastore.saveQuotas(
                                tx, List.of(ofMine(quotas).replacing(Map.of(), Map.of("cpu", 1L))))))));

        Quota quota = ofMine(lockedQuotas(List.of(mine)));
        assertThat(quota.of("cpu").used()).isEqualTo(4);
    }

    // Unique names

    @Test
    void a_name_is_held_by_one_thing_until_it_is_given_back() {
        String ana = "user-name:ana-" + mine;
        Address first = new Address(mine, "user", "1");
        Address second = new Address(mine, "user", "2");
        get(metastore.transaction(tx -> metastore.saveNames(tx, Map.of(), Map.of(ana, first))));
        Names held = get(metastore.transaction(tx -> metastore.lockNames(tx, List.of(ana, "user-name:none-" + mine))));
        assertThat(held.holders()).containsExactly(Map.entry(ana, first));
        assertThat(held.admits(ana, first)).isTrue();
        assertThat(held.admits(ana, second)).isFalse();

        Future<Void> taken = metastore.transaction(tx -> metastore.saveNames(tx, Map.of(), Map.of(ana, second)));
        assertThatThrownBy(() -> get(taken)).isInstanceOf(VersionConflict.class);
        // Who does not hold it gives nothing back.
        get(metastore.transaction(tx -> metastore.saveNames(tx, Map.of(ana, second), Map.of())));
        get(metastore.transaction(tx -> metastore.saveNames(tx, Map.of(ana, first), Map.of(ana, second))));
        assertThat(get(metastore.transaction(tx -> metastore.lockNames(tx, List.of(ana))))
                        .holder(ana))
                .contains(second);
    }

    @Test
    void of_many_who_take_a_name_at_once_one_has_it() {
        String name = "user-name:wanted-" + mine;
        Set<String> got = ConcurrentHashMap.newKeySet();
        concurrently(
                4,
                writer -> again(() -> metastore.transaction(tx -> metastore
                        .lockNames(tx, List.of(name))
                        .compose(names -> {
                            Address me = new Address(mine, "user", String.valueOf(writer));
                            if (!names.admits(name, me)) {
                                return Future.succeededFuture();
                            }
                            return metastore
                                    .saveNames(tx, Map.of(), Map.of(name, me))
                                    .onSuccess(ok -> got.add(me.name()));
                        }))));
        Names held = get(metastore.transaction(tx -> metastore.lockNames(tx, List.of(name))));
        assertThat(got).contains(held.holder(name).orElseThrow().name());
        assertThat(held.holders()).hasSize(1);
    }

    // Deadlines

    @Test
    void deadlines_come_due_in_order_and_can_be_moved_and_cleared() {
        // Long ago, so that they come before those of other tests.
        Instant first = Instant.parse("1971-01-01T00:00:00Z");
        Instant second = first.plusSeconds(1);
        Instant third = first.plus(2, ChronoUnit.SECONDS).plus(7, ChronoUnit.MICROS);
        saveDeadlines(deadline("c", third), deadline("a", first), deadline("b", second));

        assertThat(get(metastore.nextDeadline())).contains(first);
        assertThat(get(metastore.dueDeadlines(third, 10)))
                .containsExactly(deadline("a", first), deadline("b", second), deadline("c", third));
        assertThat(get(metastore.dueDeadlines(third.minusNanos(1000), 10))).hasSize(2);
        assertThat(get(metastore.dueDeadlines(third, 1))).containsExactly(deadline("a", first));

        saveDeadlines(deadline("a", null), deadline("b", third), deadline("c", first), deadline("c", second));
        assertThat(get(metastore.nextDeadline())).contains(second);
        assertThat(get(metastore.dueDeadlines(third, 10))).containsExactly(deadline("c", second), deadline("b", third));

        saveDeadlines(deadline("b", null), deadline("c", null), deadline("never", null));
        assertThat(get(metastore.dueDeadlines(third, 10))).isEmpty();
    }

    // Journal

    @Test
    void an_event_comes_out_as_it_went_in() {
        NewEvent full = new NewEvent(
                Ids.next(),
                "fjord.core.cluster.ClusterCreated.v1",
                Address.parse("default/table/Ünïcode/'quoted'/日本.t "),
                7L,
                "user:ada",
                Ids.next(),
                Ids.next(),
                mine + "-command",
                Outcome.ACCEPTED,
                "d".repeat(64),
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                new Clearance(
                        "control-policies=1:3,iam=1:12",
                        List.of(new Clearance.Warning(
                                "default/guardrail/tags", GuardrailMode.WARN, "Ünïcode 🦭 'quoted'"))),
                "{\"text\":\"" + "🦭?$1\\\\'".repeat(20_000) + "\"}");
        NewEvent bare = new NewEvent(
                Ids.next(), "t", subject("bare"), null, "platform", "c", null, null, null, null, null, "{}");
        Instant now = Instant.now();

        Position end = append(now, full, bare);

        List<EventEnvelope<String>> found = get(metastore.journal(new Position(end.epoch(), end.n() - 2), 10));
        assertThat(found)
                .containsExactly(
                        envelope(
                                full,
                                new Position(end.epoch(), end.n() - 1),
                                found.get(0).time()),
                        envelope(bare, end, found.get(0).time()));
        assertThat(found.get(0).time()).isAfterOrEqualTo(now.truncatedTo(ChronoUnit.MICROS));
        assertThat(get(metastore.outcome(mine + "-command"))).contains(found.get(0));
    }

    @Test
    void addresses_that_differ_in_case_or_a_trailing_blank_differ() {
        append(Instant.now(), event("Name", 1L), event("name", 1L), event("name ", 1L), event("nàme", 1L));
        assertThat(get(metastore.history(subject("name"), null))).hasSize(1);
    }

    @Test
    void many_events_fit_in_one_transaction() {
        Position before = get(metastore.position());
        NewEvent[] events =
                IntStream.range(0, 1000).mapToObj(i -> event("s" + i, 1L)).toArray(NewEvent[]::new);

        Position end = append(Instant.now(), events);

        assertThat(end).isEqualTo(new Position(before.epoch(), before.n() + 1000));
        assertThat(get(metastore.journal(before, 2000)))
                .extracting(EventEnvelope::id)
                .containsExactly(
                        IntStream.range(0, 1000).mapToObj(i -> events[i].id()).toArray(String[]::new));
    }

    @Test
    void large_events_fit_in_one_transaction() {
        Position before = get(metastore.position());
        String data = "{\"text\":\"" + "x".repeat(500_000) + "\"}";
        NewEvent[] events = IntStream.range(0, 40)
                .mapToObj(i -> new NewEvent(
                        Ids.next(), "t", subject("l"), null, "platform", "c", null, null, null, null, null, data))
                .toArray(NewEvent[]::new);

        append(Instant.now(), events);

        assertThat(get(metastore.journal(before, 100)))
                .hasSize(40)
                .allMatch(event -> event.data().equals(data));
    }

    @Test
    void a_transaction_appends_once() {
        Position before = get(metastore.position());
        assertThatThrownBy(() -> get(metastore.transaction(tx -> metastore
                        .append(tx, List.of(event("a", 1L)), Instant.now())
                        .compose(done -> metastore.append(tx, List.of(event("a", 2L)), Instant.now())))))
                .isInstanceOf(IllegalStateException.class);
        assertThat(get(metastore.position())).isEqualTo(before);
    }

    @Test
    void positions_are_dense_among_eight_writers() {
        Position before = get(metastore.position());

        List<Position> ends = concurrently(
                        8,
                        writer -> repeat(
                                20,
                                i -> metastore.transaction(tx -> {
                                    Future<Position> appended = metastore.append(
                                            tx,
                                            List.of(event("w" + writer, (long) i), event("w" + writer, (long) i)),
                                            Instant.now());
                                    // Every fifth gives up at the end and must leave no hole.
                                    return i % 5 == 4
                                            ? appended.compose(position -> Future.failedFuture(new Refusal(problem())))
                                            : appended;
                                })))
                .stream()
                .flatMap(Collection::stream)
                .toList();

        assertThat(ends).hasSize(8 * 16).doesNotHaveDuplicates();
        List<EventEnvelope<String>> all = get(metastore.journal(before, 1000));
        assertThat(all)
                .extracting(event -> event.position().n())
                .containsExactly(LongStream.rangeClosed(before.n() + 1, before.n() + 2L * 8 * 16)
                        .boxed()
                        .toArray(Long[]::new));
        assertThat(all).extracting(EventEnvelope::time).isSorted();
        assertThat(get(metastore.position())).isEqualTo(all.get(all.size() - 1).position());
    }

    @Test
    void time_never_goes_back_when_the_clock_does() {
        Instant ahead = Instant.now().plusSeconds(5);
        append(ahead, event("a", 1L));
        append(ahead.minusSeconds(3600), event("a", 2L));

        List<EventEnvelope<String>> history = get(metastore.history(subject("a"), null));

        assertThat(history.get(1).time()).isEqualTo(history.get(0).time());
        assertThat(history.get(0).time()).isAfterOrEqualTo(ahead.truncatedTo(ChronoUnit.MICROS));
    }

    @Test
    void the_journal_is_read_in_pages() {
        Position before = get(metastore.position());
        IntStream.range(0, 5).forEach(i -> append(Instant.now(), event("p", (long) i)));

        List<Position> read = new ArrayList<>();
        Position at = before;
        for (List<EventEnvelope<String>> page = get(metastore.journal(at, 2));
                !page.isEmpty();
                page = get(metastore.journal(at, 2))) {
            page.forEach(event -> read.add(event.position()));
            at = read.get(read.size() - 1);
        }

        assertThat(read)
                .containsExactly(LongStream.rangeClosed(before.n() + 1, before.n() + 5)
                        .mapToObj(n -> new Position(before.epoch(), n))
                        .toArray(Position[]::new));
        assertThat(get(metastore.journal(new Position(before.epoch() + 1, 0), 2)))
                .isEmpty();
        assertThat(get(metastore.journal(Position.START, 1)).get(0).position().n())
                .isEqualTo(1);
    }

    @Test
    void history_is_what_changed_the_subject_up_to_a_position() {
        append(Instant.now(), event("h", 1L));
        Position second = append(Instant.now(), event("other", 1L), event("h", 2L));
        append(Instant.now(), event("h", null), event("h", 3L));

        assertThat(get(metastore.history(subject("h"), null)))
                .extracting(EventEnvelope::version)
                .containsExactly(1L, 2L, 3L);
        assertThat(get(metastore.history(subject("h"), second)))
                .extracting(EventEnvelope::version)
                .containsExactly(1L, 2L);
        assertThat(get(metastore.history(subject("h"), new Position(second.epoch(), second.n() - 1))))
                .hasSize(1);
        assertThat(get(metastore.history(subject("h"), Position.START))).isEmpty();
        assertThat(get(metastore.history(subject("nobody"), null))).isEmpty();
    }

    @Test
    void a_time_has_the_last_position_at_or_before_it() {
        append(Instant.now(), event("a", 1L), event("a", 2L));
        Instant first = get(metastore.history(subject("a"), null)).get(0).time();
        Position firstEnd = get(metastore.position());
        Position secondEnd = append(first.plus(Duration.ofMillis(5)), event("a", 3L));

        assertThat(get(metastore.positionAt(first))).isEqualTo(firstEnd);
        assertThat(get(metastore.positionAt(first.plus(Duration.ofMillis(4))))).isEqualTo(firstEnd);
        assertThat(get(metastore.positionAt(first.plus(Duration.ofMillis(5))))).isEqualTo(secondEnd);
        assertThat(get(metastore.positionAt(first.plus(Duration.ofDays(1))))).isEqualTo(secondEnd);
        assertThat(get(metastore.positionAt(Instant.parse("1980-01-01T00:00:00Z"))))
                .isEqualTo(Position.START);
    }

    @Test
    void a_command_is_known_by_the_event_with_its_outcome() {
        NewEvent first = ofCommand(mine, 1L, null);
        NewEvent last = ofCommand(mine, 2L, Outcome.REJECTED);
        append(Instant.now(), first, last);

        assertThat(get(metastore.outcome(mine)).map(EventEnvelope::id)).contains(last.id());
        assertThat(get(metastore.outcome(mine + "-other"))).isEmpty();
    }

    // Snapshots

    @Test
    void a_snapshot_and_its_position_are_of_one_moment() {
        Position before = get(metastore.position());
        List<String> ids =
                IntStream.range(0, 8 * 15).mapToObj(i -> mine + "-" + i).toList();
        AtomicInteger seen = new AtomicInteger();

        Future<?> writers = Future.join(IntStream.range(0, 8)
                .mapToObj(writer -> repeat(
                        15,
                        i -> metastore.transaction(tx -> metastore
                                .remember(tx, Map.of(ids.get(writer * 15 + i), "d"), Instant.now())
                                .compose(done -> metastore.append(tx, List.of(event("s", null)), Instant.now())))))
                .toList());
        do {
            Metastore.At<Map<String, String>> at = get(metastore.snapshot(tx -> metastore.handled(tx, ids)));
            assertThat(at.value()).hasSize((int) (at.position().n() - before.n()));
            seen.incrementAndGet();
        } while (!writers.isComplete());

        get(writers);
        Metastore.At<Map<String, String>> last = get(metastore.snapshot(tx -> metastore.handled(tx, ids)));
        assertThat(last.value()).hasSize(ids.size());
        assertThat(seen).hasPositiveValue();
    }

    @Test
    void a_snapshot_does_not_move() {
        Promise<Void> begun = Promise.promise();
        Promise<Void> go = Promise.promise();
        Position before = get(metastore.position());
        Future<Metastore.At<Map<String, String>>> snapshot = metastore.snapshot(tx -> metastore
                .handled(tx, List.of(mine))
                .onSuccess(none -> begun.complete())
                .compose(none -> go.future())
                .compose(done -> metastore.handled(tx, List.of(mine))));
        get(begun.future());
        get(metastore.transaction(tx -> metastore
                .remember(tx, Map.of(mine, "d"), Instant.now())
                .compose(done -> metastore.append(tx, List.of(event("s", null)), Instant.now()))));

        go.complete();

        assertThat(get(snapshot).value()).isEmpty();
        assertThat(get(snapshot).position()).isEqualTo(before);
    }

    @Test
    void a_snapshot_writes_nothing() {
        assertThatThrownBy(() ->
                        get(metastore.snapshot(tx -> metastore.remember(tx, Map.of(mine, "d"), Instant.now()))))
                .isInstanceOf(Throwable.class);
        assertThat(handled(List.of(mine))).isEmpty();
    }

    @Test
    void what_is_wrong_stays_wrong() {
        assertThat(metastore.isTransient(new VersionConflict("x"))).isFalse();
        assertThat(metastore.isTransient(new Refusal(problem()))).isFalse();
        assertThat(metastore.isTransient(new IllegalArgumentException("Connection")))
                .isFalse();
    }

    // The group committer on it

    @Test
    void eight_synchronous_writers_commit_together() {
        GroupCommitter committer = new GroupCommitter(metastore, Clock.systemUTC());
        Position before = get(metastore.position());

        concurrently(
                8,
                writer -> repeat(
                        25,
                        i -> (writer % 2 == 0
                                        ? committer.commit(tx -> numbered(tx, writer, i))
                                        : committer.commitApart(tx -> numbered(tx, writer, i)))
                                .map(committed -> {
                                    assertThat(committed.answer()).isEqualTo(i);
                                    assertThat(committed.position()).isGreaterThan(before);
                                    return committed.position();
                                })));

        assertThat(get(metastore.position()).n()).isEqualTo(before.n() + 200);
        List<String> ids = IntStream.range(0, 200)
                .mapToObj(i -> mine + "-" + i / 25 + "-" + i % 25)
                .toList();
        assertThat(handled(ids)).hasSize(200);
    }

    @Test
    void only_the_culprit_of_a_group_fails() {
        GroupCommitter committer = new GroupCommitter(metastore, Clock.systemUTC());
        Position before = get(metastore.position());
        get(metastore.transaction(tx -> metastore.remember(tx, Map.of(mine + "-there", "d"), Instant.now())));
        // The first holds up the others, so that they make one group.
        Promise<Void> go = Promise.promise();
        Future<?> first = committer.commit(tx -> go.future().map(done -> written()));
        Future<?> good = committer.commit(tx -> remembering(tx, mine + "-good"));
        Future<?> refused = committer.commit(tx -> Future.failedFuture(new Refusal(problem())));
        Future<?> broken = committer.commit(tx -> remembering(tx, mine + "-there"));
        Future<?> throwing = committer.commit(tx -> {
            throw new IllegalStateException("on purpose");
        });
        Future<?> alsoGood = committer.commit(tx -> remembering(tx, mine + "-also-good"));
        Future<?> refusedApart = committer.commitApart(tx -> Future.failedFuture(new Refusal(problem())));
        Future<?> goodApart = committer.commitApart(tx -> remembering(tx, mine + "-good-apart"));

        go.complete();

        get(first);
        get(good);
        get(alsoGood);
        get(goodApart);
        assertThatThrownBy(() -> get(refusedApart)).isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> get(refused)).isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> get(broken)).isInstanceOf(VersionConflict.class);
        assertThatThrownBy(() -> get(throwing)).isInstanceOf(IllegalStateException.class);
        assertThat(get(metastore.position()).n()).isEqualTo(before.n() + 4);
        assertThat(handled(List.of(mine + "-good", mine + "-also-good", mine + "-good-apart")))
                .hasSize(3);
    }

    private Future<GroupCommitter.Written<Integer>> numbered(Tx tx, int writer, int i) {
        return metastore
                .remember(tx, Map.of(mine + "-" + writer + "-" + i, "d"), Instant.now())
                .map(new GroupCommitter.Written<>(i, List.of(event("g", null))));
    }

    private Future<GroupCommitter.Written<String>> remembering(Tx tx, String id) {
        return metastore.remember(tx, Map.of(id, "d"), Instant.now()).map(done -> written());
    }

    private GroupCommitter.Written<String> written() {
        return new GroupCommitter.Written<>("done", List.of(event("g", null)));
    }

    // Words

    private Address subject(String name) {
        return new Address("default", "cluster", mine + "-" + name);
    }

    protected NewEvent event(String name, @Nullable Long version) {
        return new NewEvent(
                Ids.next(),
                "fjord.test.thing.Happened.v1",
                subject(name),
                version,
                "user:ada",
                Ids.next(),
                null,
                null,
                null,
                null,
                null,
                "{}");
    }

    private NewEvent ofCommand(String commandId, Long version, @Nullable Outcome outcome) {
        return new NewEvent(
                Ids.next(),
                "fjord.test.thing.Happened.v1",
                subject("c"),
                version,
                "user:ada",
                Ids.next(),
                commandId,
                commandId,
                outcome,
                outcome == null ? null : "digest",
                null,
                "{}");
    }

    private EventEnvelope<String> envelope(NewEvent event, Position position, Instant time) {
        return new EventEnvelope<>(
                event.id(),
                event.type(),
                metastore.service(),
                time,
                event.subject(),
                position,
                event.version(),
                event.actor(),
                event.correlationId(),
                event.causationId(),
                event.commandId(),
                event.outcome(),
                event.commandDigest(),
                event.traceparent(),
                event.clearance(),
                event.data());
    }

    private Position append(Instant now, NewEvent... events) {
        return get(metastore.transaction(tx -> metastore.append(tx, List.of(events), now)));
    }

    private Map<String, String> handled(List<String> commandIds) {
        return get(metastore.transaction(tx -> metastore.handled(tx, commandIds)));
    }

    private Quota ofMine(Map<String, Quota> quotas) {
        return Objects.requireNonNull(quotas.get(mine));
    }

    private long lockedOffset() {
        return get(metastore.transaction(tx -> metastore.lockOffset(tx, partition)));
    }

    private Map<String, Quota> lockedQuotas(List<String> domains) {
        return get(metastore.transaction(tx -> metastore.lockQuotas(tx, domains)));
    }

    private void setOffset(Partition of, long next) {
        get(metastore.transaction(
                tx -> metastore.lockOffset(tx, of).compose(was -> metastore.writeOffset(tx, of, next))));
    }

    private void saveDeadlines(DeadlineRow... rows) {
        get(metastore.transaction(tx -> metastore.saveDeadlines(tx, List.of(rows))));
    }

    private DeadlineRow deadline(String name, @Nullable Instant due) {
        return new DeadlineRow(subject(name), "start", due, 3, "fjord.test.thing.End.v1", "{\"a\":1}");
    }

    private static Quota quota(String domain, long limit, long used) {
        return new Quota(domain, Map.of("cpu", new Quota.Allowance(limit, used)));
    }

    private static Problem problem() {
        return Problem.of("test", 409, "No", "Not today");
    }

    /** One after another; those refused are left out. */
    private static <T> Future<List<T>> repeat(int times, Function<Integer, Future<T>> action) {
        List<T> done = new ArrayList<>();
        Future<Void> all = Future.succeededFuture();
        for (int i = 0; i < times; i++) {
            int now = i;
            all = all.compose(before -> action.apply(now)
                    .<Void>map(one -> {
                        done.add(one);
                        return null;
                    })
                    .recover(failure ->
                            failure instanceof Refusal ? Future.succeededFuture() : Future.failedFuture(failure)));
        }
        return all.map(done);
    }

    /** As the handler does: decided again after a conflict. */
    private static <T> Future<T> again(Supplier<Future<T>> action) {
        return action.get()
                .recover(failure -> failure instanceof VersionConflict ? again(action) : Future.failedFuture(failure));
    }

    private static <T> List<T> concurrently(int writers, Function<Integer, Future<T>> action) {
        List<Future<T>> all =
                IntStream.range(0, writers).mapToObj(action::apply).toList();
        get(Future.join(all));
        return all.stream().map(Future::result).toList();
    }

    /** @throws RuntimeException the future's own failure */
    protected static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("Not done in a minute", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
