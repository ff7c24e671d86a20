package io.fjord.gateway;

import io.fjord.codec.Json;
import io.fjord.contract.Problem;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Trace;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.httpproxy.Body;
import io.vertx.httpproxy.HttpProxy;
import io.vertx.httpproxy.MediaType;
import io.vertx.httpproxy.ProxyContext;
import io.vertx.httpproxy.ProxyInterceptor;
import io.vertx.httpproxy.ProxyResponse;
import java.net.ConnectException;
import java.net.UnknownHostException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands requests on to one service and its answers back, as they flow; holds nothing back. */
final class Forwarder implements ProxyInterceptor {

    private static final Logger log = LoggerFactory.getLogger(Forwarder.class);

    private final String service;
    private final long maxBody;
    private final HttpProxy proxy;

    Forwarder(String service, SocketAddress address, HttpClient client, long maxBody) {
        this.service = service;
        this.maxBody = maxBody;
        this.proxy = HttpProxy.reverseProxy(client).origin(address).addInterceptor(this, true);
    }

    void forward(HttpServerRequest request) {
        proxy.handle(request);
    }

    @Override
    public Future<ProxyResponse> handleProxyRequest(ProxyContext context) {
        Trace trace = Trace.of(context.request().proxiedRequest());
        context.request().putHeader(Trace.REQUEST_ID, trace.correlationId());
        context.request().putHeader(Trace.TRACEPARENT, trace.traceparent());
        context.request().headers().remove(HttpHeaders.EXPECT);
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
                        ? HttpProblems.serviceUnavailable(service)
                        : HttpProblems.serviceLost(service);
        Problem problem = told.problem().withInstance("urn:fjord:request:" + trace.correlationId());
        log.atWarn()
                .addKeyValue("service", service)
                .addKeyValue("path", context.request().proxiedRequest().path())
                .addKeyValue("status", problem.status())
                .addKeyValue("correlationId", trace.correlationId())
                .addKeyValue("cause", String.valueOf(failure.getMessage()))
                .log("Request not answered by its service");
        ProxyResponse response = context.request().release().response();
        told.headers().forEach(response::putHeader);
        return response.setStatusCode(problem.status())
                .putHeader("Cache-Control", "no-store")
                .putHeader(Trace.REQUEST_ID, trace.correlationId())
                .setBody(Body.body(Buffer.buffer(Json.bytes(problem)), MediaType.parse("application/problem+json")));
    }
}
