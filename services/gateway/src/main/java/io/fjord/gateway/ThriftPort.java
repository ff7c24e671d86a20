package io.fjord.gateway;

import io.fjord.platform.http.Actor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.SocketAddress;

/**
 * Binary HiveServer2 for clients that know nothing newer (PyHive, ODBC drivers, older BI tools): ends their SASL PLAIN here and
 * hands each Thrift call on to a cluster over HTTP, as its caller.
 */
final class ThriftPort {

    /** What the door knows, whatever the protocol. */
    interface Door {

        Future<Actor> caller(String token, SocketAddress from);

        /** @throws io.fjord.platform.http.ProblemException if the limit is reached */
        Admission.Ticket admit(Actor actor);

        /** Fails with a {@link io.fjord.platform.http.ProblemException} if it is not there or does not run. */
        Future<Cluster> running(ClusterName name);
    }

    private final Vertx vertx;
    private final HttpClient client;
    private final Door door;

    ThriftPort(Vertx vertx, HttpClient client, Door door) {
        this.vertx = vertx;
        this.client = client;
        this.door = door;
    }

    Future<NetServer> listen(NetServerOptions options, String host, int port) {
        return vertx.createNetServer(options.setTcpNoDelay(true).setTcpKeepAlive(true))
                .connectHandler(socket -> new ThriftConnection(vertx, socket, client, door).begin())
                .listen(port, host);
    }
}
