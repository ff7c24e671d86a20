package io.fjord.webhooks.delivery;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.FailedResendWished;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.ReplayWished;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.ResendWished;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionDeleted;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionResumed;
import io.fjord.kernel.Projection;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Lease;
import io.fjord.platform.sql.ProjectionPositions;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.platform.sql.SqlTx;
import io.fjord.webhooks.subscription.SubscriptionCapability;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Turns what was decided on subscriptions into deliveries that are due, replays and the like: each exactly once. */
final class Wishes implements Projection {

    private static final String SERVICE = "webhooks";
    private static final String PREFIX = "fjord.webhooks." + SubscriptionCapability.KIND + ".";

    private final SqlMetastore metastore;
    private final Lease lease;
    private final DeliveryStore store;
    private final MessageTypes types;
    private final Consumer<Address> decided;
    private final Clock clock;
    private final ProjectionPositions positions;

    /** @param decided told of each subscription something happened to, once its effect can be read */
    Wishes(
            SqlMetastore metastore,
            Database database,
            Lease lease,
            DeliveryStore store,
            MessageTypes types,
            Consumer<Address> decided,
            Clock clock) {
        this.metastore = metastore;
        this.lease = lease;
        this.store = store;
        this.types = types;
        this.decided = decided;
        this.clock = clock;
        this.positions = new ProjectionPositions(database, SERVICE, "wishes");
    }

    @Override
    public String name() {
        return "webhooks.wishes";
    }

    @Override
    public Set<String> services() {
        return Set.of(SERVICE);
    }

    @Override
    public Future<Position> position(String service) {
        return positions.read(service);
    }

    @Override
    public Future<Void> apply(String service, List<EventEnvelope<byte[]>> events) {
        Position last = events.get(events.size() - 1).position();
        Set<Address> subscriptions = new LinkedHashSet<>();
        return metastore
                .shows(last)
                .compose(ok -> metastore.transaction(tx -> apply(SqlTx.of(tx), service, events, subscriptions)))
                .onSuccess(ok -> subscriptions.forEach(decided))
                .mapEmpty();
    }

    private Future<Void> apply(
            SqlTx tx, String service, List<EventEnvelope<byte[]>> events, Set<Address> subscriptions) {
        // Whoever takes the lease reads what stands here, and has to be told of what comes after.
        return lease.confirm(tx).compose(ok -> positions.lock(tx, service)).compose(before -> {
            Future<Void> applied = Future.succeededFuture();
            for (EventEnvelope<byte[]> event : events) {
                if (event.position().isAfter(before) && event.type().startsWith(PREFIX)) {
                    subscriptions.add(event.subject());
                    applied = applied.compose(ok -> apply(tx, event));
                }
            }
            return applied.compose(ok ->
                    positions.write(tx, service, events.get(events.size() - 1).position()));
        });
    }

    private Future<Void> apply(SqlTx tx, EventEnvelope<byte[]> event) {
        Object data = types.read(event.type(), event.data());
        if (!(data instanceof SubscriptionEvent)) {
            return Future.succeededFuture();
        }
        if (data instanceof SubscriptionDeleted) {
            return store.forget(tx);
        }
        if (data instanceof SubscriptionResumed) {
            return of(tx, event, id -> store.resume(tx, id, clock.instant()));
        }
        if (data instanceof ResendWished wished) {
            return of(
                    tx,
                    event,
                    id -> store.resend(tx, id, new Place(wished.source(), wished.position()), event, clock.instant()));
        }
        if (data instanceof FailedResendWished wished) {
            return of(tx, event, id -> store.resendDead(tx, id, wished.since(), clock.instant()));
        }
        if (data instanceof ReplayWished wished) {
            return of(
                    tx,
                    event,
                    id -> store.add(
                            tx,
                            id,
                            new Replay(
                                    wished.replayId(),
                                    wished.from(),
                                    wished.since(),
                                    wished.filter(),
                                    wished.only() == null ? null : Address.parse(wished.only()),
                                    null)));
        }
        return Future.succeededFuture();
    }

    private interface Effect {
        Future<Void> on(String subscriptionId);
    }

    /** Nothing if it is gone by now. */
    private Future<Void> of(SqlTx tx, EventEnvelope<?> event, Effect effect) {
        return store.idOf(tx, event.subject())
                .compose((Optional<String> id) -> id.isPresent() ? effect.on(id.get()) : Future.succeededFuture());
    }

    /** What was wished stays so: after a restore only what is new has an effect. */
    @Override
    public Future<Void> reset(String service) {
        return Future.succeededFuture();
    }
}
