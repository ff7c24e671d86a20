package io.fjord.ingestion;

import com.fasterxml.jackson.core.type.TypeReference;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process several pipelines share. The operator tells it again and again which it wants; each answer says how they are, and a
 * driver nobody asks after any more ends itself.
 *
 * <p>It ends with 0 when asked to stop, 2 when its configuration is wrong, 3 when its lease is over.
 */
public final class IngestionDriver {

    private static final Logger log = LoggerFactory.getLogger(IngestionDriver.class);
    private static final TypeReference<List<Order>> ORDERS = new TypeReference<>() {};
    private static final int WRONG_CONFIG = 2;
    private static final int LEASE_OVER = 3;
    private static final Duration STOP_WITHIN = Duration.ofSeconds(20);

    private final Settings settings;
    private final ExecutorService threads;
    private final Pipelines pipelines;
    private volatile long askedAt = System.nanoTime();

    private IngestionDriver(Settings settings, ExecutorService threads, Engine engine) {
        this.settings = settings;
        this.threads = threads;
        this.pipelines = new Pipelines(settings, engine);
    }

    /** What does the work, once the driver knows its settings. */
    public interface Engines {
        /** @param threads the driver's own, for whoever needs some */
        Engine open(Settings settings, ExecutorService threads) throws IOException;
    }

    public static void main(String[] arguments) throws Exception {
        run(arguments, (settings, threads) -> new DirectEngine(threads));
    }

    public static void run(String[] arguments, Engines engines) throws Exception {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        if (arguments.length != 2 || !arguments[0].equals("--config")) {
            exit(WRONG_CONFIG, "usage: IngestionDriver --config <file>");
        }
        Path file = Path.of(arguments[1]);
        Settings settings;
        try {
            settings = Settings.read(file);
        } catch (IOException | IllegalArgumentException e) {
            exit(WRONG_CONFIG, "The driver's configuration is wrong: " + e.getMessage());
            return;
        }
        Files.deleteIfExists(file);
        ExecutorService threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "reader");
            thread.setDaemon(true);
            return thread;
        });
        new IngestionDriver(settings, threads, engines.open(settings, threads)).run();
    }

    private void run() throws IOException, InterruptedException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setExecutor(threads);
        server.createContext("/pipelines", this::answer);
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop"));
        announce("http://127.0.0.1:" + server.getAddress().getPort());
        log.atInfo().log("The driver of pipelines is running");
        long lease = Duration.ofSeconds(settings.leaseSeconds()).toNanos();
        for (long left = lease; left > 0; left = lease - (System.nanoTime() - askedAt)) {
            TimeUnit.NANOSECONDS.sleep(left);
        }
        log.atInfo().log("The driver of pipelines ends: nobody renewed its lease");
        System.exit(LEASE_OVER);
    }

    private void announce(String url) throws IOException {
        Path folder = Path.of(settings.workDir());
        Files.createDirectories(folder);
        Path draft = folder.resolve("endpoints.json.new");
        Files.write(draft, Settings.JSON.writeValueAsBytes(Map.of("controlUrl", url)));
        Files.move(
                draft,
                folder.resolve("endpoints.json"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!isOperator(exchange)) {
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            if (!exchange.getRequestMethod().equals("PUT")) {
                exchange.sendResponseHeaders(405, -1);
                return;
            }
            List<Order> orders;
            try {
                orders = Settings.JSON.readValue(exchange.getRequestBody(), ORDERS);
            } catch (IOException e) {
                exchange.sendResponseHeaders(400, -1);
                return;
            }
            askedAt = System.nanoTime();
            byte[] answer = Settings.JSON.writeValueAsBytes(Map.of("pipelines", pipelines.want(orders)));
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    private boolean isOperator(HttpExchange exchange) {
        String shown = exchange.getRequestHeaders().getFirst("Authorization");
        return shown != null
                && MessageDigest.isEqual(
                        shown.getBytes(StandardCharsets.UTF_8),
                        ("Bearer " + settings.secret()).getBytes(StandardCharsets.UTF_8));
    }

    /** What was read is committed first, if that does not take too long: it would be read again. */
    private void stop() {
        pipelines.stopAll();
        try {
            if (!pipelines.awaitEnd(STOP_WITHIN)) {
                log.atWarn().log("Not every pipeline ended in time; what was not committed is read again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void exit(int code, String line) {
        System.err.println(line);
        System.exit(code);
    }
}
