package io.fjord.operator;

import io.fjord.contract.Address;
import io.fjord.kernel.AccessChanges;
import io.fjord.operator.DesiredClusters.Desired;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells every driver when who may what has changed, so that it ends at once what runs for those who may not any more. A driver
 * looks at the tokens it was shown; who is suspended or has left is told by name, for a token may have run out meanwhile. A driver
 * that could not look is told again. On the operator's context.
 */
final class AccessNews {

    private static final Logger log = LoggerFactory.getLogger(AccessNews.class);

    /** Many changes at once (a directory is synchronised) are one. */
    private static final long GATHER_MILLIS = 100;

    /** Longer than a driver believes an answer it had before: who was let in just before the change is seen the second time. */
    private static final long SECOND_LOOK_MILLIS = 1_500;

    private static final long AGAIN_MILLIS = 500;

    private final Vertx vertx;
    private final WebClient client;
    private final ClusterBackend backend;
    private final DesiredClusters desired;
    private final AccessChanges access;
    private final Function<Address, Future<String>> secrets;
    /** Up to which position each driver has looked. */
    private final Map<Driver.Key, String> told = new HashMap<>();

    private boolean planned;
    private boolean secondLookPlanned;

    AccessNews(
            Vertx vertx,
            WebClient client,
            ClusterBackend backend,
            DesiredClusters desired,
            AccessChanges access,
            Function<Address, Future<String>> secrets) {
        this.vertx = vertx;
        this.client = client;
        this.backend = backend;
        this.desired = desired;
        this.access = access;
        this.secrets = secrets;
    }

    void changed() {
        plan(GATHER_MILLIS);
        if (!secondLookPlanned) {
            secondLookPlanned = true;
            vertx.setTimer(SECOND_LOOK_MILLIS, timer -> {
                secondLookPlanned = false;
                told.clear();
                tell();
            });
        }
    }

    private void plan(long millis) {
        if (!planned) {
            planned = true;
            vertx.setTimer(millis, timer -> {
                planned = false;
                tell();
            });
        }
    }

    /** Tells those drivers that have not looked since the last change. */
    void tell() {
        String position = access.position();
        backend.drivers()
                .compose(drivers -> {
                    told.keySet()
                            .retainAll(
                                    drivers.values().stream().map(Driver::key).toList());
                    List<Future<?>> all = new ArrayList<>();
                    for (Desired cluster : desired.all()) {
                        Driver driver = drivers.get(cluster.id());
                        if (driver != null && driver.ready() && !position.equals(told.get(driver.key()))) {
                            all.add(tell(cluster.address(), driver, position));
                        }
                    }
                    return Future.join(all);
                })
                .onFailure(failure -> {
                    log.atDebug().setCause(failure).log("A driver could not look who may still use it");
                    plan(AGAIN_MILLIS);
                });
    }

    private Future<Void> tell(Address cluster, Driver driver, String position) {
        told.put(driver.key(), position);
        return secrets.apply(cluster)
                .compose(secret -> post(driver, secret, "/driver/access", new JsonObject().put("position", position))
                        .compose(answer -> end(driver, secret, left(answer))))
                .onFailure(failure -> told.remove(driver.key(), position));
    }

    private List<String> left(HttpResponse<Buffer> answer) {
        return answer.bodyAsJsonObject().getJsonArray("actors", new JsonArray()).stream()
                .map(String::valueOf)
                .filter(actor -> !access.isActive(actor))
                .toList();
    }

    private Future<Void> end(Driver driver, String secret, List<String> actors) {
        if (actors.isEmpty()) {
            return Future.succeededFuture();
        }
        log.atInfo()
                .addKeyValue("driver", driver.key())
                .addKeyValue("actors", actors)
                .log("What runs for who was suspended or has left is ended");
        return post(driver, secret, "/driver/access/ended", new JsonObject().put("actors", new JsonArray(actors)))
                .mapEmpty();
    }

    private Future<HttpResponse<Buffer>> post(Driver driver, String secret, String path, JsonObject body) {
        return client.postAbs(driver.controlUrl() + path)
                .bearerTokenAuthentication(secret)
                .timeout(10_000)
                .sendJsonObject(body)
                .compose(answer -> answer.statusCode() == 200
                        ? Future.succeededFuture(answer)
                        : Future.failedFuture(
                                "Driver " + driver.key() + " answered with status " + answer.statusCode()));
    }
}
