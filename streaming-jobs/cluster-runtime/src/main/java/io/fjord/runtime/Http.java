package io.fjord.runtime;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The JDK's HTTP server on the loopback interface, with a known caller on every call. */
public final class Http {

    private static final Logger log = LoggerFactory.getLogger(Http.class);

    /** Answers calls, those whose caller is known and those that are refused. */
    public interface Answer {
        void to(HttpExchange exchange, Caller caller) throws IOException;

        default void refuse(HttpExchange exchange, CallerRefused refused) throws IOException {
            Http.refuse(exchange, refused);
        }
    }

    /** Says who calls by the value of an {@code Authorization} header, or throws {@link CallerRefused}. */
    public interface Who {
        Caller of(@Nullable String authorization);
    }

    private Http() {}

    public static HttpServer listen(int port, Who who, ExecutorService threads, Answer answer) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 0);
        server.setExecutor(threads);
        server.createContext("/", guarded(who, answer));
        server.start();
        return server;
    }

    private static HttpHandler guarded(Who who, Answer answer) {
        return exchange -> {
            try (exchange) {
                Caller caller;
                try {
                    caller = who.of(exchange.getRequestHeaders().getFirst("Authorization"));
                } catch (CallerRefused e) {
                    answer.refuse(exchange, e);
                    return;
                }
                answer.to(exchange, caller);
            } catch (IOException e) {
                log.atDebug().setCause(e).log("The client went away before its answer");
                throw e;
            } catch (RuntimeException e) {
                log.atError().setCause(e).log("A call failed");
                problem(exchange, 500, "internal-error", "The driver failed", "Its log says more.");
            }
        };
    }

    /** As a problem document. */
    public static void refuse(HttpExchange exchange, CallerRefused refused) throws IOException {
        switch (refused.reason()) {
            case UNKNOWN -> {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"fjord\"");
                problem(exchange, 401, "unauthenticated", "The call names nobody", refused.words());
            }
            case DENIED -> problem(exchange, 403, "forbidden", "The caller may not do this", refused.words());
            case UNDECIDED -> {
                exchange.getResponseHeaders().set("Retry-After", "1");
                problem(exchange, 503, "undecided", "It is not known whether this is allowed", refused.words());
            }
        }
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
