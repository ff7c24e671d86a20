package io.fjord.gateway;

import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.vertx.core.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where requests are handed on to.
 *
 * @param name for logs and metrics
 * @param uri what is asked for there; null for what the caller asked for
 * @param notThere what callers are told when nobody listens there
 * @param lost what they are told when it went away before it answered
 */
record Destination(
        String name, SocketAddress address, @Nullable String uri, ProblemException notThere, ProblemException lost) {

    static Destination service(String name, SocketAddress address) {
        return new Destination(
                name, address, null, HttpProblems.serviceUnavailable(name), HttpProblems.serviceLost(name));
    }
}
