package io.fjord.operator;

import io.fjord.contract.Address;
import io.fjord.contract.core.cluster.Endpoints;
import io.fjord.kernel.Secrets;
import io.fjord.operator.DesiredClusters.Desired;
import io.fjord.operator.DesiredClusters.Wish;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the drivers that exist equal those that should: one step per look, and a look whenever a wish or a driver changed.
 *
 * <p>All state is touched on one Vert.x context.
 */
final class Reconciler {

    private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

    private final Vertx vertx;
    private final ClusterBackend backend;
    private final DesiredClusters desired;
    private final Reports reports;
    private final Function<Address, Future<String>> secrets;
    private final Secrets kept;
    private final Clock clock;
    private final Set<Address> busy = new HashSet<>();
    private final Set<Address> again = new HashSet<>();
    private final Map<Driver.Key, String> ended = new HashMap<>();

    /**
     * @param secrets what calls to a cluster are checked with
     * @param kept what the settings of clusters name
     */
    Reconciler(
            Vertx vertx,
            ClusterBackend backend,
            DesiredClusters desired,
            Reports reports,
            Function<Address, Future<String>> secrets,
            Secrets kept,
            Clock clock) {
        this.vertx = vertx;
        this.backend = backend;
        this.desired = desired;
        this.reports = reports;
        this.secrets = secrets;
        this.kept = kept;
        this.clock = clock;
    }

    /** Looks at every cluster, and ends drivers of clusters nobody knows. */
    Future<Void> reconcileAll() {
        desired.all().forEach(cluster -> reconcile(cluster.address()));
        return endUnknown();
    }

    /** Also those of clusters that were deleted. */
    private Future<Void> endUnknown() {
        return backend.drivers().compose(drivers -> {
            Future<Void> all = Future.succeededFuture();
            for (Driver driver : drivers.values()) {
                if (!desired.knows(driver.key().clusterId())) {
                    log.atInfo().addKeyValue("driver", driver.key()).log("A driver of no cluster is ended");
                    all = all.compose(ok -> backend.stop(driver.key()));
                }
            }
            return all;
        });
    }

    void driverChanged(String clusterId, ClusterBackend.Change change) {
        if (change.ended()) {
            ended.put(change.key(), change.reason());
        }
        desired.all().stream()
                .filter(cluster -> cluster.id().equals(clusterId))
                .forEach(cluster -> reconcile(cluster.address()));
    }

    /** Something did not work that is tried again anyway. */
    void told(Throwable failure) {
        log.atWarn().setCause(failure).log("The drivers could not be looked after; it is tried again");
    }

    /** One look at a cluster; looks that come while one is under way become one more. */
    void reconcile(Address address) {
        if (!busy.add(address)) {
            again.add(address);
            return;
        }
        step(address)
                .onFailure(failure -> log.atWarn()
                        .addKeyValue("subject", address)
                        .setCause(failure)
                        .log("A cluster could not be reconciled; it is tried again"))
                .onComplete(done -> {
                    busy.remove(address);
                    if (again.remove(address)) {
                        reconcile(address);
                    } else if (done.failed()) {
                        vertx.setTimer(1000, t -> reconcile(address));
                    }
                });
    }

    private Future<Void> step(Address address) {
        Desired cluster = desired.at(address);
        if (cluster == null) {
            return endUnknown();
        }
        return backend.drivers().compose(all -> {
            Driver driver = all.get(cluster.id());
            if (driver != null && !(wanted(cluster) && driver.key().equals(cluster.key()))) {
                return backend.stop(driver.key()).onSuccess(ok -> again.add(address));
            }
            return switch (cluster.wish()) {
                case START -> driver == null ? startOrReport(cluster) : reportReady(cluster, driver);
                case RUN -> driver == null ? reportLost(cluster) : Future.succeededFuture();
                case STOP -> reports.stopped(address, cluster.key());
                case NOTHING -> Future.succeededFuture();
            };
        });
    }

    private static boolean wanted(Desired cluster) {
        return cluster.wish() == Wish.START || cluster.wish() == Wish.RUN;
    }

    private Future<Void> startOrReport(Desired cluster) {
        String reason = ended.get(cluster.key());
        if (reason != null) {
            return reports.failed(cluster.address(), cluster.key(), reason);
        }
        Duration wait = Duration.between(clock.instant(), cluster.notBefore());
        if (wait.toMillis() > 0) {
            vertx.setTimer(wait.toMillis() + 1, t -> reconcile(cluster.address()));
            return Future.succeededFuture();
        }
        return DriverSettings.of(cluster, kept)
                .compose(settings -> start(cluster, settings))
                .recover(failure -> failure instanceof DriverSettings.Unresolved unresolved
                        ? reports.failed(cluster.address(), cluster.key(), unresolved.reason())
                        : Future.failedFuture(failure));
    }

    private Future<Void> start(Desired cluster, DriverSettings settings) {
        return secrets.apply(cluster.address())
                .compose(secret -> backend.start(
                        new DriverSpec(cluster.key(), cluster.address(), cluster.size(), secret, settings)))
                .onSuccess(ok -> log.atInfo()
                        .addKeyValue("subject", cluster.address())
                        .addKeyValue("driver", cluster.key())
                        .log("A driver starts"));
    }

    private Future<Void> reportReady(Desired cluster, Driver driver) {
        Endpoints endpoints = driver.endpoints();
        return endpoints == null ? Future.succeededFuture() : reports.ready(cluster.address(), driver.key(), endpoints);
    }

    private Future<Void> reportLost(Desired cluster) {
        @Nullable String reason = ended.get(cluster.key());
        return reports.failed(
                cluster.address(), cluster.key(), Objects.requireNonNullElse(reason, "The driver is gone"));
    }
}
