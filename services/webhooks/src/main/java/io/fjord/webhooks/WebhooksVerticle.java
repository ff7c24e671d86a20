package io.fjord.webhooks;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Guard;
import io.fjord.kernel.Journals;
import io.fjord.kernel.PlatformMessages;
import io.fjord.platform.deciding.DecidingVerticle;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.HttpJournals;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Vault;
import io.fjord.webhooks.delivery.Deliveries;
import io.fjord.webhooks.delivery.DeliveryRoutes;
import io.fjord.webhooks.delivery.Schedule;
import io.fjord.webhooks.egress.Destinations;
import io.fjord.webhooks.egress.Networks;
import io.fjord.webhooks.subscription.Subscription;
import io.fjord.webhooks.subscription.SubscriptionCapability;
import io.fjord.webhooks.subscription.SubscriptionRoutes;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Telling the outside: follows the journals and delivers what subscriptions want of them. */
public final class WebhooksVerticle extends DecidingVerticle {

    public static final String SERVICE = "webhooks";

    private static final Logger log = LoggerFactory.getLogger(WebhooksVerticle.class);
    private static final long AGAIN_MILLIS = 1_000;

    private final WebhooksConfig config;
    private Vault vault;
    private Destinations destinations;
    private SubscriptionCapability capability;
    private Deliveries deliveries;
    private boolean stopping;

    @SuppressWarnings("NullAway.Init") // opened() and follow() make what needs the database
    public WebhooksVerticle(WebhooksConfig config) {
        super(
                new Places(
                        SERVICE,
                        config.kafka(),
                        config.databaseUrl(),
                        8,
                        config.doorkeeper(),
                        config.host(),
                        config.port()),
                messages(PlatformMessages.types()));
        this.config = config;
    }

    public static MessageTypes messages(MessageTypes types) {
        return SubscriptionCapability.messages(types);
    }

    /** The journals it follows. */
    @Override
    protected List<TopicSpec> topics() {
        return config.journals().stream()
                .filter(service -> !service.equals(SERVICE))
                .map(TopicSpec::events)
                .toList();
    }

    @Override
    protected void opened() {
        vault = openVault(config.masterKey());
        destinations = new Destinations(
                vertx,
                Networks.allowing(config.egress().networks()),
                config.egress().clearText(),
                Destinations.Resolver.system());
        onStop(destinations::close);
        if (config.egress().clearText()) {
            log.atWarn().log("Deliveries may go over http:// as well: for development only (FJORD_WEBHOOKS_HTTP)");
        }
        capability = new SubscriptionCapability(vault, destinations);
    }

    @Override
    protected List<Aggregate<?, ?, ?>> aggregates() {
        return capability.aggregates();
    }

    @Override
    protected List<Guard> guards() {
        return config.guards();
    }

    @Override
    protected Future<?> follow() {
        Journals own = Journals.own(metastore());
        Journals others = new HttpJournals(vertx, config.gateway(), config.token());
        Journals all =
                (service, position, limit) -> (service.equals(SERVICE) ? own : others).after(service, position, limit);
        Listing<Subscription> listing = capability.listing(metastore(), types());
        deliveries = Deliveries.open(
                vertx,
                new Deliveries.Parts(
                        config.kafka(),
                        config.journals(),
                        all,
                        address -> listing.one(address)
                                .map(at -> at.value()
                                        .map(stored -> new Deliveries.Loaded(stored.state(), stored.version()))),
                        vault::getText,
                        new Schedule(
                                config.schedule(),
                                () -> ThreadLocalRandom.current().nextDouble()),
                        config.access(),
                        config.changes(),
                        openObservations()::tellAll,
                        path().log(),
                        types(),
                        clock(),
                        Prometheus.registry()),
                database(),
                destinations,
                config.patience());
        onStop(deliveries::stop);
        onStop(() -> {
            stopping = true;
            return Future.succeededFuture();
        });
        deliver();
        return Future.succeededFuture();
    }

    /**
     * Who may what has to be known before anything is left out because somebody may not have it. The start does not wait for it:
     * what is missing may have to come through the gateway, which opens its door last.
     */
    private void deliver() {
        config.accessKnown()
                .get()
                .compose(ok -> subscriptions())
                .compose(deliveries::start)
                .onSuccess(ok -> {
                    if (!stopping) {
                        project(deliveries.wishes(metastore(), database()), Journals.own(metastore()));
                    }
                })
                .onFailure(failure -> {
                    if (!stopping) {
                        log.atWarn().setCause(failure).log("Deliveries cannot begin; trying again");
                        vertx.setTimer(AGAIN_MILLIS, id -> deliver());
                    }
                });
    }

    private Future<List<Address>> subscriptions() {
        return database()
                .query("select domain, name from webhooks.subscription where there = 1 order by domain, name")
                .map(rows -> {
                    List<Address> all = new ArrayList<>();
                    rows.forEach(row ->
                            all.add(new Address(row.getString(0), SubscriptionCapability.KIND, row.getString(1))));
                    return all;
                });
    }

    @Override
    protected Future<?> housekeep(Instant now) {
        return Deliveries.housekeeping(database(), now);
    }

    @Override
    protected void install(Api api) {
        SubscriptionRoutes subscriptions =
                new SubscriptionRoutes(commands(), metastore(), reads(), capability, types(), destinations, vault);
        subscriptions.install(api);
        new DeliveryRoutes(deliveries, database(), subscriptions).install(api);
    }
}
