package io.fjord.cdc;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The service {@code cdc}: checks that the database can be streamed, then relays until it is undeployed. */
public final class RelayVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(RelayVerticle.class);

    private final Relay relay;

    public RelayVerticle(RelayConfig config) {
        this(config, Metrics.globalRegistry);
    }

    public RelayVerticle(RelayConfig config, MeterRegistry registry) {
        this.relay = new Relay(config, registry);
    }

    /** Fails with {@link Misconfigured} if rows cannot be streamed; a database that is away is waited for. */
    @Override
    public Future<?> start() {
        return vertx.executeBlocking(
                () -> {
                    try {
                        relay.check();
                    } catch (JournalTables.JournalUnreachable e) {
                        log.atWarn().log(e.getMessage() + ". The relay waits for it.");
                    }
                    Thread thread = new Thread(relay, "relay");
                    thread.setDaemon(true);
                    thread.start();
                    return true;
                },
                false);
    }

    @Override
    public Future<?> stop() {
        return vertx.executeBlocking(
                () -> {
                    relay.stop();
                    return true;
                },
                false);
    }

    /** Why not all events flow: one sentence for the health page; empty if all is well. */
    public Optional<String> notReady() {
        return relay.notReady();
    }
}
