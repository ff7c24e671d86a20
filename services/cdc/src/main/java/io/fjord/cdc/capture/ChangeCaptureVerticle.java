package io.fjord.cdc.capture;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Captures all changes of another program's tables until it is undeployed; a database that is away, or not made yet, is waited for. */
public final class ChangeCaptureVerticle extends VerticleBase {

    private final ChangeCapture capture;

    public ChangeCaptureVerticle(ChangeCaptureConfig config, MeterRegistry registry) {
        this.capture = new ChangeCapture(config, new ChangeMetrics(registry, config.name()));
    }

    @Override
    public Future<?> start() {
        Thread thread = new Thread(capture, "change-capture");
        thread.setDaemon(true);
        thread.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return vertx.executeBlocking(
                () -> {
                    capture.stop();
                    return true;
                },
                false);
    }
}
