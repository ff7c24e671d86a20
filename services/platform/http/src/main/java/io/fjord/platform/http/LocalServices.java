package io.fjord.platform.http;

import io.netty.channel.EventLoop;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.shareddata.Shareable;
import java.util.Map;
import java.util.Optional;

/**
 * The services that listen in this process: what the gateway got for one of them it hands over as it is, where another process
 * would get it through a socket. They see the same request, and answer it themselves.
 */
public final class LocalServices {

    private static final String NAME = "fjord.http.services";

    private record Local(Handler<HttpServerRequest> requests, EventLoop thread) implements Shareable {}

    private LocalServices() {}

    /** Until the verticle that listens is undeployed. */
    static HttpServer add(Vertx vertx, HttpServer server, Handler<HttpServerRequest> requests) {
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        int port = server.actualPort();
        services(vertx).put(port, new Local(requests, context.nettyEventLoop()));
        context.closeFuture().add(done -> {
            services(vertx).remove(port);
            done.succeed();
        });
        return server;
    }

    /**
     * Who takes requests to that address without a socket; nobody if it is another process's, or another thread's: a verticle's
     * own thread is the only one in it. HTTP/1.1 alone, which is what services speak.
     */
    public static Optional<Handler<HttpServerRequest>> at(
            Vertx vertx, SocketAddress address, HttpServerRequest request) {
        Local local = services(vertx).get(address.port());
        return local != null
                        && local.thread().inEventLoop()
                        && isHere(address)
                        && request.version() == HttpVersion.HTTP_1_1
                ? Optional.of(local.requests())
                : Optional.empty();
    }

    private static boolean isHere(SocketAddress address) {
        return "127.0.0.1".equals(address.host()) || "localhost".equals(address.host());
    }

    private static Map<Integer, Local> services(Vertx vertx) {
        return vertx.sharedData().getLocalMap(NAME);
    }
}
