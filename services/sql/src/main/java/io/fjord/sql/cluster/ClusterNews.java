package io.fjord.sql.cluster;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.uritemplate.UriTemplate;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Lets {@link Clusters} catch up with core before somebody is refused by what they say: who has just read from core that a cluster
 * runs may use it, though the event of it may be on its way here still.
 */
public final class ClusterNews {

    private static final UriTemplate CLUSTER = UriTemplate.of("{+gateway}/api/v1/clusters/{name}{?domain}");
    private static final long PATIENCE_MILLIS = 5_000;
    private static final String OF_CORE = "core=";

    private final WebClient http;
    private final String gateway;
    private final Supplier<String> token;
    private final Clusters clusters;

    public ClusterNews(WebClient http, String gateway, Supplier<String> token, Clusters clusters) {
        this.http = http;
        this.gateway = gateway.replaceAll("/+$", "");
        this.token = token;
        this.clusters = clusters;
    }

    /** Comes when what core knows of the cluster now is known here; without it if core has no such cluster, or tells nothing in time. */
    public Future<Void> of(Address cluster) {
        return http.getAbs(CLUSTER)
                .setTemplateParam("gateway", gateway)
                .setTemplateParam("name", cluster.name())
                .setTemplateParam("domain", cluster.domain())
                .bearerTokenAuthentication(token.get())
                .timeout(PATIENCE_MILLIS)
                .send()
                .compose(answer -> clusters.reached(position(answer)))
                .timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                .otherwiseEmpty();
    }

    private static Position position(HttpResponse<Buffer> answer) {
        String given = answer.getHeader("Fjord-Position");
        return given != null && given.startsWith(OF_CORE)
                ? Position.parse(given.substring(OF_CORE.length()))
                : Position.START;
    }
}
