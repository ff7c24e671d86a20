package io.fjord.sql.cluster;

import io.fjord.contract.Address;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection to each running driver, shared by its statements. Calls can block; use them on a worker. */
public final class Drivers implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Drivers.class);

    private final BufferAllocator allocator;
    private final Map<Address, Connection> connections = new HashMap<>();

    private record Connection(ClusterView cluster, Driver driver) {}

    public Drivers(BufferAllocator allocator) {
        this.allocator = allocator;
    }

    /** @param cluster running */
    public Driver of(ClusterView cluster) {
        Connection old;
        Driver driver;
        synchronized (this) {
            old = connections.get(cluster.address());
            if (old != null && old.cluster().equals(cluster)) {
                return old.driver();
            }
            driver = new Driver(
                    allocator, Objects.requireNonNull(cluster.endpoints()).flightSql());
            connections.put(cluster.address(), new Connection(cluster, driver));
        }
        close(old);
        return driver;
    }

    /** Hangs up on a driver that runs no more. */
    public void gone(ClusterView cluster) {
        Connection old;
        synchronized (this) {
            old = connections.get(cluster.address());
            if (old == null || !old.cluster().equals(cluster)) {
                return;
            }
            connections.remove(cluster.address());
        }
        close(old);
    }

    @Override
    public void close() {
        Map<Address, Connection> all;
        synchronized (this) {
            all = Map.copyOf(connections);
            connections.clear();
        }
        all.values().forEach(Drivers::close);
    }

    private static void close(@Nullable Connection connection) {
        if (connection == null) {
            return;
        }
        try {
            connection.driver().close();
        } catch (Exception e) {
            log.atWarn()
                    .addKeyValue("subject", connection.cluster().address())
                    .setCause(e)
                    .log("The connection to a driver was not closed cleanly");
        }
    }
}
