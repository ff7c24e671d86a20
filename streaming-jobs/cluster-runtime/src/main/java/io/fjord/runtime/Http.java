package io.fjord.runtime;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The JDK's HTTP server on the loopback interface, with a known caller on every call. */
public final class Http {

    private static final Logger log = LoggerFactory.getLogger(Http.class);

    /** Answers a call whose caller is known. */
    public interface Answer {
        void to(HttpExchange exchange, Caller caller) throws IOException;
    }

    private Http() {}

    public static HttpServer listen(
            int port, CallerAuthentication authentication, ExecutorService threads, Answer answer) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 0);
        server.setExecutor(threads);
        server.createContext("/", guarded(authentication, answer));
        server.start();
        return server;
    }

    private static HttpHandler guarded(CallerAuthentication authentication, Answer answer) {
        return exchange -> {
            try (exchange) {
                var caller =
                        authentication.authenticate(exchange.getRequestHeaders().getFirst("Authorization"));
                if (caller.isEmpty()) {
                    exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"fjord\"");
                    problem(exchange, 401, "unauthenticated", "The call names nobody", "Send the cluster's secret.");
                } else {
                    answer.to(exchange, caller.get());
                }
            } catch (IOException e) {
                log.atDebug().setCause(e).log("The client went away before its answer");
                throw e;
            } catch (RuntimeException e) {
                log.atError().setCause(e).log("A call failed");
                problem(exchange, 500, "internal-error", "The driver failed", "Its log says more.");
            }
        };
    }

    static void problem(HttpExchange exchange, int status, String type, String title, String detail)
            throws IOException {
        var node = Endpoints.JSON.createObjectNode();
        node.put("type", "/problems/" + type)
                .put("title", title)
                .put("status", status)
                .put("detail", detail);
        reply(exchange, status, "application/problem+json", node.toString().getBytes(StandardCharsets.UTF_8));
    }

    public static void reply(HttpExchange exchange, int status, String contentType, byte[] body) throws IOException {
        reply(exchange, status, contentType, body, body.length);
    }

    public static void reply(HttpExchange exchange, int status, String contentType, byte[] body, int length)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", contentType);
        exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
        exchange.getResponseBody().write(body, 0, length);
    }
}
