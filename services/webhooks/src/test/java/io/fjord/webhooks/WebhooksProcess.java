package io.fjord.webhooks;

import io.fjord.testing.TestProcess;
import io.vertx.core.Vertx;

/** Webhooks alone: {@code <broker> <database URL> <port of the gateway>}. */
final class WebhooksProcess {

    private WebhooksProcess() {}

    public static void main(String[] args) {
        TestProcess.endWithParent();
        Vertx vertx = Vertx.vertx();
        vertx.deployVerticle(new WebhooksVerticle(WebhooksContract.config(args[0], args[1], Integer.parseInt(args[2]))))
                .onFailure(failure -> {
                    failure.printStackTrace();
                    Runtime.getRuntime().halt(1);
                });
    }
}
