package io.fjord.sql.cluster;

import io.fjord.contract.Address;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** The secret with which this service calls a cluster, asked of core through the gateway and kept while its generation lasts. */
public final class ClusterSecrets {

    private final WebClient http;
    private final String gateway;
    private final Supplier<String> token;
    private final Map<Address, Known> known = new ConcurrentHashMap<>();

    private record Known(long generation, String secret) {}

    /** The secret cannot be had just now. */
    public static final class NoSecret extends RuntimeException {

        private static final long serialVersionUID = 1L;

        NoSecret(String message) {
            super(message, null, false, false);
        }
    }

    public ClusterSecrets(WebClient http, String gateway, Supplier<String> token) {
        this.http = http;
        this.gateway = gateway.replaceAll("/+$", "");
        this.token = token;
    }

    public Future<String> secret(ClusterView cluster) {
        Known one = known.get(cluster.address());
        if (one != null && one.generation() == cluster.generation()) {
            return Future.succeededFuture(one.secret());
        }
        return http.getAbs(gateway + "/api/v1/clusters/" + cluster.address().name() + "/credentials")
                .addQueryParam("domain", cluster.address().domain())
                .bearerTokenAuthentication(token.get())
                .timeout(10_000)
                .send()
                .map(answer -> read(cluster, answer))
                .onSuccess(secret -> known.put(cluster.address(), new Known(cluster.generation(), secret)));
    }

    /** Asks again next time: the cluster would not have it. */
    public void forget(Address cluster) {
        known.remove(cluster);
    }

    private static String read(ClusterView cluster, HttpResponse<Buffer> answer) {
        if (answer.statusCode() != 200) {
            throw new NoSecret("Asked for the credentials of " + cluster.address() + ", the gateway answered "
                    + answer.statusCode());
        }
        JsonObject body = answer.bodyAsJsonObject();
        String secret = body == null ? null : body.getString("secret");
        if (secret == null) {
            throw new NoSecret("The credentials of " + cluster.address() + " have no secret in them");
        }
        return secret;
    }
}
