package io.fjord.gateway;

import io.fjord.codec.Json;
import io.fjord.contract.Problem;
import io.fjord.platform.http.AddressSeal;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Trace;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.httpproxy.Body;
import io.vertx.httpproxy.HttpProxy;
import io.vertx.httpproxy.MediaType;
import io.vertx.httpproxy.ProxyContext;
import io.vertx.httpproxy.ProxyInterceptor;
import io.vertx.httpproxy.ProxyResponse;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands requests on to one service or cluster and its answers back, as they flow; holds nothing back. */
final class Forwarder implements ProxyInterceptor {

    private static final Logger log = LoggerFactory.getLogger(Forwarder.class);

    static final String FORWARDED_FOR = "X-Forwarded-For";

    private final Destination destination;
    private final long maxBody;
    private final Function<HttpServerRequest, Optional<String>> sealed;
    private final HttpProxy proxy;

    Forwarder(Destination destination, HttpClient client, long maxBody) {
        this(destination, client, maxBody, request -> Optional.empty());
    }

    /** @param sealed tells one of Fjord's own services where the caller stands */
    Forwarder(
            Destination destination,
            HttpClient client,
            long maxBody,
            Function<HttpServerRequest, Optional<String>> sealed) {
        this.destination = destination;
        this.sealed = sealed;
        this.maxBody = maxBody;
        this.proxy =
                HttpProxy.reverseProxy(client).origin(destination.address()).addInterceptor(this, true);
    }

    void forward(HttpServerRequest request) {
        proxy.handle(request);
    }

    @Override
    public Future<ProxyResponse> handleProxyRequest(ProxyContext context) {
        Trace trace = Trace.of(context.request().proxiedRequest());
        context.request().putHeader(Trace.REQUEST_ID, trace.correlationId());
        context.request().putHeader(Trace.TRACEPARENT, trace.traceparent());
        context.request().putHeader(FORWARDED_FOR, from(context.request().proxiedRequest()));
        context.request().headers().remove(AddressSeal.HEADER);
        sealed.apply(context.request().proxiedRequest())
                .ifPresent(address -> context.request().putHeader(AddressSeal.HEADER, address));
        context.request().headers().remove(HttpHeaders.EXPECT);
        String uri = destination.uri();
        if (uri != null) {
            context.request().setURI(uri);
        }
        if (context.request().getBody().length() >= 0) {
            return context.sendRequest().recover(failure -> Future.succeededFuture(refusal(context, trace, failure)));
        }
        // Its length is not declared: it is counted as it passes.
        Counted counted = new Counted(context.request().getBody().stream(), maxBody);
        context.request().setBody(Body.body(counted));
        return context.sendRequest()
                .recover(failure -> Future.succeededFuture(
                        refusal(context, trace, counted.tooLarge() ? HttpProblems.bodyTooLarge(maxBody) : failure)));
    }

    /** What proxies before this one said, and who stood before the door. */
    static String from(HttpServerRequest request) {
        String peer = request.remoteAddress() == null
                ? "unknown"
                : request.remoteAddress().hostAddress();
        String before = String.join(", ", request.headers().getAll(FORWARDED_FOR));
        return before.isEmpty() ? peer : before + ", " + peer;
    }

    @Override
    public Future<Void> handleProxyResponse(ProxyContext context) {
        ProxyResponse response = context.response();
        if ((response.getStatusCode() == 204 || response.getStatusCode() == 304) && response.getBody() != null) {
            // These have no body; the proxy would announce one in chunks.
            response.getBody().stream().resume();
            response.setBody(null);
        }
        return context.sendResponse();
    }

    private ProxyResponse refusal(ProxyContext context, Trace trace, Throwable failure) {
        ProblemException told = failure instanceof ProblemException known
                ? known
                : failure instanceof ConnectException || failure instanceof UnknownHostException
                        ? destination.notThere()
                        : destination.lost();
        Problem problem = told.problem().withInstance("urn:fjord:request:" + trace.correlationId());
        log.atWarn()
                .addKeyValue("service", destination.name())
                .addKeyValue("path", context.request().proxiedRequest().path())
                .addKeyValue("status", problem.status())
                .addKeyValue("correlationId", trace.correlationId())
                .addKeyValue("cause", String.valueOf(failure.getMessage()))
                .log("Request not answered by its service");
        ProxyResponse response = context.request().release().response();
        boolean multiplexed = context.request().proxiedRequest().version() == HttpVersion.HTTP_2;
        told.headers().forEach((name, value) -> {
            if (!multiplexed || !name.equalsIgnoreCase("Connection")) {
                response.putHeader(name, value);
            }
        });
        return response.setStatusCode(problem.status())
                .putHeader("Cache-Control", "no-store")
                .putHeader(Trace.REQUEST_ID, trace.correlationId())
                .setBody(Body.body(Buffer.buffer(Json.bytes(problem)), MediaType.parse("application/problem+json")));
    }
}
