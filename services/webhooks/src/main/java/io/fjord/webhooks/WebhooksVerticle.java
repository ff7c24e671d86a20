package io.fjord.webhooks;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Networks;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Guard;
import io.fjord.kernel.Journals;
import io.fjord.kernel.PlatformMessages;
import io.fjord.platform.deciding.DecidingVerticle;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.HttpJournals;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.kafka.ObservationLog;
import io.fjord.platform.kafka.ProjectionRunner;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Lease;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Vault;
import io.fjord.webhooks.delivery.Deliveries;
import io.fjord.webhooks.delivery.DeliveryRoutes;
import io.fjord.webhooks.delivery.JournalSearch;
import io.fjord.webhooks.delivery.Schedule;
import io.fjord.webhooks.egress.Destinations;
import io.fjord.webhooks.subscription.Subscription;
import io.fjord.webhooks.subscription.SubscriptionCapability;
import io.fjord.webhooks.subscription.SubscriptionRoutes;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Telling the outside: follows the journals and delivers what subscriptions want of them. */
public final class WebhooksVerticle extends DecidingVerticle {

    public static final String SERVICE = "webhooks";

    private static final Logger log = LoggerFactory.getLogger(WebhooksVerticle.class);
    private static final long AGAIN_MILLIS = 1_000;

    /** So long, and a third more at most, nothing is delivered after the process that did was killed. */
    private static final Duration LEASE = Duration.ofSeconds(9);

    private final WebhooksConfig config;
    private Vault vault;
    private Destinations destinations;
    private SubscriptionCapability capability;
    private Journals journals;
    private Lease lease;
    private volatile @Nullable Delivering delivering;

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
                Networks.ofTheInternet(config.egress().networks()),
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
        ObservationLog observations = openObservations();
        journals = all;
        lease = new Lease(vertx, database(), SERVICE, "deliveries", () -> "", LEASE, new Lease.Work() {
            @Override
            public void begin(boolean overtaken) {
                deliver(new Delivering(listing, observations));
            }

            @Override
            public Future<?> end() {
                Delivering ended = delivering;
                delivering = null;
                return ended == null ? Future.succeededFuture() : ended.stop();
            }
        });
        onStop(lease::stop);
        return lease.start();
    }

    private void deliver(Delivering now) {
        delivering = now;
        now.begin();
    }

    /** The time in which this process makes the deliveries. */
    private final class Delivering {

        private final Deliveries deliveries;
        private @Nullable ProjectionRunner wishes;
        private boolean stopped;

        Delivering(Listing<Subscription> listing, ObservationLog observations) {
            deliveries = Deliveries.open(
                    vertx,
                    new Deliveries.Parts(
                            config.kafka(),
                            config.journals(),
                            journals,
                            address -> listing.one(address)
                                    .map(at -> at.value()
                                            .map(stored -> new Deliveries.Loaded(stored.state(), stored.version()))),
                            vault::getText,
                            new Schedule(
                                    config.schedule(),
                                    () -> ThreadLocalRandom.current().nextDouble()),
                            config.access(),
                            config.changes(),
                            observations::tellAll,
                            path().log(),
                            types(),
                            clock(),
                            Prometheus.registry()),
                    database(),
                    lease,
                    destinations,
                    config.patience());
        }

        /**
         * Who may what has to be known before anything is left out because somebody may not have it. The start does not wait for
         * it: what is missing may have to come through the gateway, which opens its door last.
         */
        void begin() {
            config.accessKnown()
                    .get()
                    .compose(ok -> subscriptions())
                    .compose(deliveries::start)
                    .onSuccess(ok -> {
                        if (!stopped) {
                            wishes = project(
                                    deliveries.wishes(metastore(), database(), lease), Journals.own(metastore()));
                        }
                    })
                    .onFailure(failure -> {
                        if (!stopped) {
                            log.atWarn().setCause(failure).log("Deliveries cannot begin; trying again");
                            vertx.setTimer(AGAIN_MILLIS, id -> begin());
                        }
                    });
        }

        Future<Void> stop() {
            stopped = true;
            ProjectionRunner running = wishes;
            Future<Void> ended = running == null ? Future.succeededFuture() : running.stop();
            return ended.eventually(deliveries::stop);
        }
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
        new DeliveryRoutes(
                        () -> Optional.ofNullable(delivering).map(now -> now.deliveries),
                        new JournalSearch(journals),
                        database(),
                        subscriptions)
                .install(api);
    }
}
