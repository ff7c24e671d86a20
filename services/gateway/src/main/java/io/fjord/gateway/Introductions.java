package io.fjord.gateway;

import io.fjord.platform.http.Actor;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings who comes with a token of the identity provider to iam, before the first request and whenever the token tells of other
 * groups; on one event loop.
 */
final class Introductions {

    private static final Logger log = LoggerFactory.getLogger(Introductions.class);
    private static final int REMEMBERED = 10_000;
    private static final long PATIENCE_MILLIS = 8_000;

    private final HttpClient client;
    private final SocketAddress iam;
    private final Map<String, Future<Void>> underWay = new HashMap<>();
    private final Map<String, String> done = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > REMEMBERED;
        }
    };

    Introductions(HttpClient client, SocketAddress iam) {
        this.client = client;
        this.iam = iam;
    }

    /** Completes in any case: whom iam does not take in now is asked for again with the next request. */
    Future<Void> introduce(Actor actor, @Nullable String authorization) {
        boolean ofIssuer = actor.displayName() != null || !actor.groups().isEmpty();
        if (!ofIssuer || actor.limits() != null || authorization == null) {
            return Future.succeededFuture();
        }
        String told = actor.displayName() + " " + new TreeSet<>(actor.groups());
        if (told.equals(done.get(actor.id()))) {
            return Future.succeededFuture();
        }
        Future<Void> before = underWay.get(actor.id());
        if (before != null) {
            return before;
        }
        Future<Void> now = client.request(new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setServer(iam)
                        .setURI("/api/v1/me")
                        .putHeader(HttpHeaders.AUTHORIZATION, authorization)
                        .setTimeout(PATIENCE_MILLIS))
                .compose(request -> request.send())
                .compose(response -> response.body().map(body -> response.statusCode()))
                .transform(answered -> {
                    if (answered.succeeded() && answered.result() == 200) {
                        done.put(actor.id(), told);
                    } else {
                        log.atWarn()
                                .addKeyValue("actor", actor.id())
                                .addKeyValue("status", answered.result())
                                .log("iam did not take in who logged in; asked again with the next request");
                    }
                    underWay.remove(actor.id());
                    return Future.succeededFuture();
                });
        if (!now.isComplete()) {
            underWay.put(actor.id(), now);
        }
        return now;
    }
}
