package io.fjord.launcher;

import io.fjord.core.CoreConfig;
import io.fjord.core.CoreVerticle;
import io.fjord.kernel.AccessDecision;
import io.fjord.platform.http.Actor;
import io.fjord.platform.kafka.KafkaConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Core as a load test compares with: everybody is the operator, and no guard is asked before a command is decided. */
public final class UnguardedCore {

    private UnguardedCore() {}

    public static void main(String[] arguments) throws Exception {
        ControlPlaneSettings settings = ControlPlaneSettings.of("core", System.getenv());
        Vertx vertx = Vertx.vertx(ControlPlane.options());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(vertx)));
        vertx.deployVerticle(new CoreVerticle(new CoreConfig(
                        new KafkaConfig(settings.kafka(), settings.commandBatch()),
                        settings.database(),
                        settings.masterKey(),
                        URI.create(settings.gateway()),
                        settings::token,
                        request -> Future.succeededFuture(new Actor("user:operator")),
                        request -> new AccessDecision(true, "nobody is asked about", List.of(), ""),
                        Future::succeededFuture,
                        settings.secretStores(),
                        List.of(),
                        settings.host(),
                        settings.port())))
                .toCompletionStage()
                .toCompletableFuture()
                .get();
    }

    private static void close(Vertx vertx) {
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(12, TimeUnit.SECONDS);
        } catch (Exception e) {
            System.err.println("Core did not stop in order: " + e.getMessage());
        }
    }
}
