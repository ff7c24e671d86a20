package io.fjord.gateway;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.ServerSSLOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at the files of the certificate and, when they have changed, lets new connections have the new one. */
final class Renewal {

    private static final Logger log = LoggerFactory.getLogger(Renewal.class);

    private final Vertx vertx;
    private final Tls tls;
    private final List<Function<ServerSSLOptions, Future<Boolean>>> servers = new ArrayList<>();
    private Tls.Pair inUse;
    private boolean looking;

    Renewal(Vertx vertx, Tls tls, Tls.Pair inUse) {
        this.vertx = vertx;
        this.tls = tls;
        this.inUse = inUse;
    }

    void add(Function<ServerSSLOptions, Future<Boolean>> server) {
        servers.add(server);
    }

    void every(long millis) {
        vertx.setPeriodic(millis, id -> look());
    }

    private void look() {
        if (looking) {
            return;
        }
        looking = true;
        vertx.executeBlocking(tls::read, false)
                .compose(found -> found.sameAs(inUse) ? Future.succeededFuture() : renew(found))
                .onFailure(failure -> log.atWarn()
                        .addKeyValue("cause", String.valueOf(failure.getMessage()))
                        .log("The certificate cannot be renewed; the old one stays"))
                .onComplete(done -> looking = false);
    }

    private Future<Void> renew(Tls.Pair found) {
        ServerSSLOptions options = new ServerSSLOptions().setKeyCertOptions(found.options());
        return Future.all(servers.stream()
                        .map(server -> server.apply(options.copy()))
                        .toList())
                .map(done -> {
                    inUse = found;
                    log.atInfo().log("The certificate was renewed");
                    return null;
                });
    }
}
