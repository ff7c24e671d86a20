package io.fjord.runtime.flight;

import io.fjord.runtime.CallerAuthentication;
import io.fjord.runtime.SparkEngine;
import io.fjord.runtime.Statements;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.Location;
import org.apache.spark.sql.util.ArrowUtils;

/** Arrow Flight SQL: how our own SQL service, ADBC and the Flight SQL JDBC driver reach this Spark. */
public final class FlightEndpoint {

    // Batches on their way to clients. A full pool fails one statement, not the driver.
    private static final long MOST_MEMORY = 256L * 1024 * 1024;

    private final FlightServer server;

    private FlightEndpoint(FlightServer server) {
        this.server = server;
    }

    public static FlightEndpoint start(
            int port,
            CallerAuthentication authentication,
            SparkEngine spark,
            Statements statements,
            ExecutorService threads,
            ScheduledExecutorService timer)
            throws IOException {
        var memory = ArrowUtils.rootAllocator().newChildAllocator("flight", 0, MOST_MEMORY);
        var calls = new FlightCalls(spark, statements, memory, threads);
        var unused = timer.scheduleWithFixedDelay(calls::forgetOld, 1, 1, TimeUnit.MINUTES);
        var server = FlightServer.builder(memory, Location.forGrpcInsecure("127.0.0.1", port), calls)
                .middleware(FlightCallers.KEY, new FlightCallers(authentication))
                .middleware(StatementHeaders.KEY, (call, headers, context) -> StatementHeaders.of(headers))
                .executor(threads)
                .build()
                .start();
        return new FlightEndpoint(server);
    }

    public int port() {
        return server.getPort();
    }

    public void stop() {
        server.shutdown();
        try {
            if (!server.awaitTermination(2, TimeUnit.SECONDS)) {
                server.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
