package io.fjord.testing;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Names;
import io.fjord.kernel.NewEvent;
import io.fjord.kernel.Partition;
import io.fjord.kernel.Quota;
import io.fjord.kernel.Tx;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A metastore as one process sees it: once the process is dead, no answer reaches it. Bugs are made by overriding. */
class OfProcess implements Metastore {

    final Metastore real;
    private final BooleanSupplier alive;

    OfProcess(Metastore real, BooleanSupplier alive) {
        this.real = real;
        this.alive = alive;
    }

    private <T> Future<T> heard(Future<T> answer) {
        Promise<T> heard = Promise.promise();
        answer.onComplete(done -> {
            if (alive.getAsBoolean()) {
                heard.handle(done);
            }
        });
        return heard.future();
    }

    @Override
    public String service() {
        return real.service();
    }

    @Override
    public <T> Future<T> transaction(Function<Tx, Future<T>> work) {
        return heard(real.transaction(tx ->
                alive.getAsBoolean() ? work.apply(tx) : Promise.<T>promise().future()));
    }

    @Override
    public <T> Future<At<T>> snapshot(Function<Tx, Future<T>> work) {
        return heard(real.snapshot(work));
    }

    @Override
    public Future<Long> lockOffset(Tx tx, Partition partition) {
        return heard(real.lockOffset(tx, partition));
    }

    @Override
    public Future<Void> writeOffset(Tx tx, Partition partition, long next) {
        return heard(real.writeOffset(tx, partition, next));
    }

    @Override
    public Future<Long> offset(Partition partition) {
        return heard(real.offset(partition));
    }

    @Override
    public Future<Long> offset(Partition partition, String topicId) {
        return heard(real.offset(partition, topicId));
    }

    @Override
    public Future<Map<String, String>> handled(Tx tx, Collection<String> commandIds) {
        return heard(real.handled(tx, commandIds));
    }

    @Override
    public Future<Void> remember(Tx tx, Map<String, String> digests, Instant now) {
        return heard(real.remember(tx, digests, now));
    }

    @Override
    public Future<Map<String, Quota>> lockQuotas(Tx tx, Collection<String> domains) {
        return heard(real.lockQuotas(tx, domains));
    }

    @Override
    public Future<Void> saveQuotas(Tx tx, Collection<Quota> quotas) {
        return heard(real.saveQuotas(tx, quotas));
    }

    @Override
    public Future<Names> lockNames(Tx tx, Collection<String> names) {
        return heard(real.lockNames(tx, names));
    }

    @Override
    public Future<Void> saveNames(Tx tx, Map<String, Address> released, Map<String, Address> taken) {
        return heard(real.saveNames(tx, released, taken));
    }

    @Override
    public Future<Void> saveDeadlines(Tx tx, List<DeadlineRow> rows) {
        return heard(real.saveDeadlines(tx, rows));
    }

    @Override
    public Future<List<DeadlineRow>> dueDeadlines(Instant until, int limit) {
        return heard(real.dueDeadlines(until, limit));
    }

    @Override
    public Future<Optional<Instant>> nextDeadline() {
        return heard(real.nextDeadline());
    }

    @Override
    public Future<Position> append(Tx tx, List<NewEvent> events, Instant now) {
        return heard(real.append(tx, events, now));
    }

    @Override
    public Future<Position> position() {
        return heard(real.position());
    }

    @Override
    public Future<List<EventEnvelope<String>>> journal(Position after, int limit) {
        return heard(real.journal(after, limit));
    }

    @Override
    public Future<List<EventEnvelope<String>>> history(Address subject, @Nullable Position upTo) {
        return heard(real.history(subject, upTo));
    }

    @Override
    public Future<Position> positionAt(Instant time) {
        return heard(real.positionAt(time));
    }

    @Override
    public Future<Optional<EventEnvelope<String>>> outcome(String commandId) {
        return heard(real.outcome(commandId));
    }

    @Override
    public boolean isTransient(Throwable failure) {
        return real.isTransient(failure);
    }
}
