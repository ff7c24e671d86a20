package io.fjord.cdc.capture;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Captures another program's tables until it is undeployed; a database that is away, or not made yet, is waited for. */
public final class CaptureVerticle extends VerticleBase {

    private final CaptureLoop loop;

    private CaptureVerticle(String name, CaptureLoop.Once capture) {
        this.loop = new CaptureLoop(name, capture);
    }

    /** Captures the rows that are added. */
    public static CaptureVerticle ofRows(CaptureConfig config) {
        return new CaptureVerticle(config.name(), new Capture(config));
    }

    /** Captures all changes. */
    public static CaptureVerticle ofChanges(ChangeCaptureConfig config, MeterRegistry registry) {
        return new CaptureVerticle(
                config.name(), new ChangeCapture(config, new ChangeMetrics(registry, config.name())));
    }

    @Override
    public Future<?> start() {
        Thread thread = new Thread(loop, "capture");
        thread.setDaemon(true);
        thread.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return vertx.executeBlocking(
                () -> {
                    loop.stop();
                    return true;
                },
                false);
    }
}
