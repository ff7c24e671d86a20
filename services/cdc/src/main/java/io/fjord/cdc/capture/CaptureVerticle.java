package io.fjord.cdc.capture;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Captures another program's tables until it is undeployed; a database that is away, or not made yet, is waited for. */
public final class CaptureVerticle extends VerticleBase {

    private final Capture capture;

    public CaptureVerticle(CaptureConfig config) {
        this.capture = new Capture(config);
    }

    @Override
    public Future<?> start() {
        Thread thread = new Thread(capture, "capture");
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
