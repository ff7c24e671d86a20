package io.fjord.ingest;

import io.fjord.testing.TestProcess;
import io.vertx.core.Vertx;

/** Ingest alone: {@code <broker> <database URL>}. */
final class IngestProcess {

    private IngestProcess() {}

    public static void main(String[] args) {
        TestProcess.endWithParent();
        Vertx vertx = Vertx.vertx();
        vertx.deployVerticle(new IngestVerticle(IngestServer.config(args[0], args[1], 64L << 20)))
                .onFailure(failure -> {
                    failure.printStackTrace();
                    Runtime.getRuntime().halt(1);
                });
    }
}
