package io.fjord.operator;

import io.fjord.contract.Address;
import io.fjord.operator.DesiredClusters.Desired;
import io.fjord.operator.DesiredClusters.Wish;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.WebClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Renews the lease of every driver that should run, and sees from the answer whether it is idle. */
final class Leases {

    private static final Logger log = LoggerFactory.getLogger(Leases.class);

    private final WebClient client;
    private final ClusterBackend backend;
    private final DesiredClusters desired;
    private final Reports reports;
    private final Function<Address, Future<String>> secrets;
    private final Clock clock;

    Leases(
            WebClient client,
            ClusterBackend backend,
            DesiredClusters desired,
            Reports reports,
            Function<Address, Future<String>> secrets,
            Clock clock) {
        this.client = client;
        this.backend = backend;
        this.desired = desired;
        this.reports = reports;
        this.secrets = secrets;
        this.clock = clock;
    }

    Future<Void> renewAll() {
        return backend.drivers().compose(drivers -> {
            Future<Void> all = Future.succeededFuture();
            for (Desired cluster : desired.all()) {
                Driver driver = drivers.get(cluster.id());
                boolean wanted = cluster.wish() == Wish.RUN || cluster.wish() == Wish.START;
                if (wanted && driver != null && driver.key().equals(cluster.key()) && driver.ready()) {
                    all = all.compose(ok -> renew(cluster, driver));
                }
            }
            return all;
        });
    }

    private Future<Void> renew(Desired cluster, Driver driver) {
        return secrets.apply(cluster.address())
                .compose(secret -> client.postAbs(driver.controlUrl() + "/driver/lease")
                        .bearerTokenAuthentication(secret)
                        .timeout(5_000)
                        .send())
                .compose(answer -> {
                    if (answer.statusCode() != 200) {
                        log.atWarn()
                                .addKeyValue("driver", driver.key())
                                .addKeyValue("status", answer.statusCode())
                                .log("A driver refused its lease");
                        return Future.succeededFuture();
                    }
                    return idle(cluster, driver, answer.bodyAsJsonObject());
                })
                .recover(failure -> {
                    log.atWarn()
                            .addKeyValue("driver", driver.key())
                            .setCause(failure)
                            .log("A lease could not be renewed");
                    return Future.succeededFuture();
                });
    }

    private Future<Void> idle(Desired cluster, Driver driver, JsonObject state) {
        Integer after = cluster.idleStopSeconds();
        if (after == null || cluster.wish() != Wish.RUN || state.getInteger("activeStatements", 0) > 0) {
            return Future.succeededFuture();
        }
        String since = state.getString("lastActivityAt");
        long seconds = Duration.between(Instant.parse(since), clock.instant()).toSeconds();
        return seconds < after
                ? Future.succeededFuture()
                : reports.idle(cluster.address(), driver.key(), since, seconds);
    }
}
