package io.fjord.webhooks.subscription;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent;
import io.fjord.contract.webhooks.subscription.SubscriptionObservation;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import io.fjord.kernel.Metastore;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import io.fjord.platform.sql.Vault;
import io.fjord.webhooks.egress.Destinations;
import java.util.List;
import java.util.Set;

/** Subscriptions: what they are made of. */
public final class SubscriptionCapability implements Capability {

    public static final String KIND = "subscription";

    private final RowStore<Subscription> store;
    private final SubscriptionProblems problems;
    private final Aggregate<SubscriptionCommand, Subscription, SubscriptionEvent> aggregate;

    public SubscriptionCapability(Vault vault, Destinations destinations) {
        this.store = new RowStore<>(new SubscriptionTable(vault));
        this.problems = new SubscriptionProblems(destinations);
        this.aggregate = new Aggregate<>(
                KIND,
                SubscriptionCommand.class,
                SubscriptionEvent.class,
                new SubscriptionDecider(problems),
                store,
                Set.of());
    }

    public Listing<Subscription> listing(Metastore metastore, MessageTypes types) {
        return new Listing<>(metastore, types, store, aggregate);
    }

    public SubscriptionProblems problems() {
        return problems;
    }

    public static MessageTypes messages(MessageTypes types) {
        return types.add("webhooks", KIND, SubscriptionCommand.class)
                .add("webhooks", KIND, SubscriptionEvent.class)
                .add("webhooks", KIND, SubscriptionObservation.class);
    }

    @Override
    public void register(MessageTypes types) {
        messages(types);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }
}
