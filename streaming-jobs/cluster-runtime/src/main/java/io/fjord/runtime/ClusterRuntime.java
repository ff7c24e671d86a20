package io.fjord.runtime;

import com.sun.net.httpserver.HttpServer;
import io.fjord.runtime.flight.FlightEndpoint;
import io.fjord.runtime.hive.HiveEndpoint;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver process of a lakehouse cluster: one Spark behind Spark Connect, HiveServer2 over HTTP and Arrow Flight SQL.
 *
 * <p>It ends with 0 when asked to stop, 1 when it cannot start, 2 when its configuration is wrong, 3 when its lease is over.
 */
public final class ClusterRuntime {

    static final int STOPPED = 0;
    static final int CANNOT_START = 1;
    static final int WRONG_CONFIG = 2;
    static final int LEASE_OVER = 3;

    private static final Logger log = LoggerFactory.getLogger(ClusterRuntime.class);
    private static final Duration LONGEST_STOP = Duration.ofSeconds(15);

    private final DriverConfig config;
    private final AccessChecks checks;
    private final CallerAuthentication authentication;
    private final Statements statements = new Statements(Clock.systemUTC());
    private final Lease lease;
    private final ControlServer control;
    private final ExecutorService threads = Executors.newCachedThreadPool(daemons("fjord-"));
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1, daemons("fjord-timer-"));
    private final Deque<Runnable> toStop = new ArrayDeque<>();
    private final AtomicBoolean ending = new AtomicBoolean();

    private ClusterRuntime(DriverConfig config) {
        this.config = config;
        this.checks = new AccessChecks(config.gateway(), config.address(), threads);
        this.authentication = new CallerAuthentication(config.secret(), checks);
        this.lease = new Lease(Duration.ofSeconds(config.leaseSeconds()), System::nanoTime);
        this.control = new ControlServer(lease, statements, () -> end(STOPPED, "was asked to"));
    }

    public static void main(String[] arguments) {
        // Answers of a few hundred bytes must not wait for the next acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        if (arguments.length != 2 || !arguments[0].equals("--config")) {
            exit(WRONG_CONFIG, "usage: ClusterRuntime --config <file>");
        }
        try {
            var file = Path.of(arguments[1]);
            var config = DriverConfig.read(file);
            forget(file);
            new ClusterRuntime(config).start();
        } catch (DriverConfig.Faulty e) {
            exit(WRONG_CONFIG, "The driver's configuration is wrong: " + e.getMessage());
        } catch (Exception | LinkageError e) {
            log.atError().setCause(e).log("The driver cannot start");
            exit(CANNOT_START, "The driver cannot start: " + oneLine(e));
        }
    }

    /** Statements can read this machine's files, and with what is in this one they could name themselves anybody. */
    private static void forget(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            log.atWarn()
                    .addKeyValue("file", file)
                    .setCause(e)
                    .log("The driver's configuration could not be deleted: statements may read the secrets in it");
        }
    }

    private void start() throws Exception {
        Files.createDirectories(config.workDir());
        Endpoints.forget(config.workDir());
        var controlServer = control.listen(config.controlPort(), authentication, threads);
        var spark = SparkEngine.start(config);
        toStop.push(spark::stop);
        if (config.lineageToken() != null) {
            var lineage = spark.tellLineage(config, config.lineageToken(), statements);
            toStop.push(lineage::close);
        }
        var owners = new ConnectOwners();
        var connectPort = spark.startConnect(authentication, owners, statements);
        toStop.push(spark::stopConnect);
        var hive = HiveEndpoint.start(config.hiveHttpPort(), authentication, spark, statements, threads, timer);
        toStop.push(hive::stop);
        var flight = FlightEndpoint.start(config.flightPort(), authentication, spark, statements, threads, timer);
        toStop.push(flight::stop);
        control.revoking(new Revocations(checks, statements, owners, hive, threads));
        announce(controlServer, connectPort, hive.port(), flight.port());
        lease.renew();
        lease.watch(timer, () -> end(LEASE_OVER, "nobody renewed its lease"));
    }

    private void announce(HttpServer controlServer, int connectPort, int hivePort, int flightPort) throws IOException {
        var endpoints = new Endpoints(
                config.clusterId(),
                config.generation(),
                config.attempt(),
                ProcessHandle.current().pid(),
                "http://127.0.0.1:" + controlServer.getAddress().getPort(),
                // Connect clients send a token without TLS to the literal name localhost only.
                "sc://localhost:" + connectPort,
                "http://127.0.0.1:" + hivePort + "/cliservice",
                "grpc://127.0.0.1:" + flightPort,
                Clock.systemUTC().instant().toString());
        control.running(endpoints);
        endpoints.write(config.workDir());
        log.atInfo()
                .addKeyValue("subject", config.address())
                .addKeyValue("generation", config.generation())
                .log("The driver is running");
    }

    /** Ends the process, in order if that takes no longer than {@link #LONGEST_STOP}, else at once. */
    private void end(int code, String because) {
        if (!ending.compareAndSet(false, true)) {
            return;
        }
        control.stopping();
        log.atInfo().addKeyValue("because", because).log("The driver ends");
        var unused = timer.schedule(() -> Runtime.getRuntime().halt(code), LONGEST_STOP.toSeconds(), TimeUnit.SECONDS);
        var stopping = new Thread(() -> stopAll(code), "fjord-stop");
        stopping.setDaemon(false);
        stopping.start();
    }

    private void stopAll(int code) {
        statements.cancelAll("The cluster stops.");
        while (!toStop.isEmpty()) {
            try {
                toStop.pop().run();
            } catch (RuntimeException | LinkageError e) {
                log.atWarn().setCause(e).log("A part of the driver did not stop in order");
            }
        }
        System.exit(code);
    }

    private static void exit(int code, String line) {
        System.err.println(line);
        System.exit(code);
    }

    private static String oneLine(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof BindException) {
                return "a port is taken (" + at.getMessage() + "). Choose another one, or 0 for any.";
            }
        }
        var words = SqlFailure.of(failure).message();
        return words.lines().findFirst().orElse(words);
    }

    private static ThreadFactory daemons(String prefix) {
        var count = new java.util.concurrent.atomic.AtomicInteger();
        return work -> {
            var thread = new Thread(work, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
