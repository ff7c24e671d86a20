package io.fjord.sql.cluster;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.platform.http.Reads;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
    private static final int PATIENCE_SECONDS = 5;
    private static final String CORE = "core";
    private static final String OF_CORE = CORE + "=";

    private final WebClient http;
    private final String gateway;
    private final Supplier<String> token;
    private final Clusters clusters;
    private final Reads reads;

    public ClusterNews(Vertx vertx, WebClient http, String gateway, Supplier<String> token, Clusters clusters) {
        this.http = http;
        this.gateway = gateway.replaceAll("/+$", "");
        this.token = token;
        this.clusters = clusters;
        this.reads = Reads.view(vertx);
        clusters.onMove(reads::moved);
    }

    /** Comes when what core knows of the cluster now is known here; without it if core has no such cluster, or tells nothing in time. */
    public Future<Void> of(Address cluster) {
        return http.getAbs(CLUSTER)
                .setTemplateParam("gateway", gateway)
                .setTemplateParam("name", cluster.name())
                .setTemplateParam("domain", cluster.domain())
                .bearerTokenAuthentication(token.get())
                .timeout(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS))
                .send()
                .map(ClusterNews::position)
                .compose(wanted -> reads.eventually(PATIENCE_SECONDS, () -> isKnown(wanted)))
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    private Future<Boolean> isKnown(Position wanted) {
        return clusters.position(CORE).map(at -> !wanted.isAfter(at));
    }

    private static Position position(HttpResponse<Buffer> answer) {
        String given = answer.getHeader("Fjord-Position");
        return given != null && given.startsWith(OF_CORE)
                ? Position.parse(given.substring(OF_CORE.length()))
                : Position.START;
    }
}
