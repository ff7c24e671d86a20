package io.fjord.sql.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection to each running driver, shared by its statements. Calls can block; use them on a worker. */
public final class Drivers implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Drivers.class);

    private final BufferAllocator allocator;
    private final Map<ClusterView, Driver> connections = new HashMap<>();

    public Drivers(BufferAllocator allocator) {
        this.allocator = allocator;
    }

    /** @param cluster running */
    public synchronized Driver of(ClusterView cluster) {
        return connections.computeIfAbsent(
                cluster,
                driver -> new Driver(
                        allocator, Objects.requireNonNull(driver.endpoints()).flightSql()));
    }

    /** The one that was talked to before, if it still is. */
    public synchronized Optional<Driver> known(ClusterView cluster) {
        return Optional.ofNullable(connections.get(cluster));
    }

    /** Hangs up on a driver that runs no more. */
    public void gone(ClusterView cluster) {
        Driver driver;
        synchronized (this) {
            driver = connections.remove(cluster);
        }
        if (driver != null) {
            close(cluster, driver);
        }
    }

    @Override
    public void close() {
        Map<ClusterView, Driver> all;
        synchronized (this) {
            all = Map.copyOf(connections);
            connections.clear();
        }
        all.forEach(Drivers::close);
    }

    private static void close(ClusterView cluster, Driver driver) {
        try {
            driver.close();
        } catch (Exception e) {
            log.atWarn()
                    .addKeyValue("subject", cluster.address())
                    .setCause(e)
                    .log("The connection to a driver was not closed cleanly");
        }
    }
}
