package io.fjord.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.contract.core.pipeline.PipelineEngine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.client.WebClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that pipelines of an engine share, on this machine, in a folder that says who it is: so the next operator finds and adopts it. It
 * ends by itself when nobody asks after it.
 */
final class PipelineDriver {

    private static final Logger log = LoggerFactory.getLogger(PipelineDriver.class);
    private static final String ENDPOINTS = "endpoints.json";
    private static final String PROCESS = "process.json";

    private final OperatorConfig config;
    private final PipelineEngine engine;
    private final WebClient client;
    private final WorkerExecutor worker;

    PipelineDriver(Vertx vertx, WebClient client, OperatorConfig config, PipelineEngine engine) {
        this.config = config;
        this.engine = engine;
        this.client = client;
        this.worker = vertx.createSharedWorkerExecutor("pipeline-driver-" + engine, 1);
    }

    PipelineEngine engine() {
        return engine;
    }

    /** Whether a process can be started for this engine. */
    boolean isInstalled() {
        return !config.pipelines(engine).classPath().isBlank();
    }

    private Path folder() {
        return config.pipelines(engine).folder();
    }

    /** Whether there is one, which may not listen yet. */
    Future<Boolean> isThere() {
        return worker.executeBlocking(() -> ProcessBackend.process(folder()).isPresent());
    }

    Future<Void> start() {
        return worker.executeBlocking(() -> {
            Path folder = folder();
            Files.createDirectories(folder);
            Files.deleteIfExists(folder.resolve(ENDPOINTS));
            Path settings = folder.resolve("driver.json");
            ProcessBackend.writeSecretly(settings, Json.bytes(config.ingestionSettings(engine)));
            ProcessBuilder builder = new ProcessBuilder(config.ingestionCommand(engine, settings))
                    .directory(folder.toFile())
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            folder.resolve("driver.log").toFile()));
            builder.environment().keySet().removeIf(name -> name.startsWith("FJORD_"));
            Process process;
            try {
                process = builder.start();
            } catch (IOException e) {
                Files.deleteIfExists(settings);
                throw e;
            }
            ObjectNode who = Json.MAPPER.createObjectNode();
            who.put("pid", process.pid());
            who.put("startedAt", ProcessBackend.startOf(process.toHandle()));
            ProcessBackend.writeSecretly(folder.resolve(PROCESS), Json.bytes(who));
            log.atInfo()
                    .addKeyValue("process", process.pid())
                    .addKeyValue("engine", engine)
                    .log("A driver of pipelines starts");
            return null;
        });
    }

    /** Tells it what it is to do, and hears how its pipelines are; empty while it does not listen. */
    Future<Optional<JsonNode>> order(ArrayNode orders) {
        return url().compose(url -> {
            if (url.isEmpty()) {
                return Future.succeededFuture(Optional.empty());
            }
            return client.putAbs(url.get() + "/pipelines")
                    .bearerTokenAuthentication(config.ingestionSecret())
                    .timeout(10_000)
                    .sendBuffer(Buffer.buffer(Json.bytes(orders)))
                    .compose(answer -> answer.statusCode() == 200
                            ? Future.succeededFuture(Optional.of(Json.read(answer.bodyAsString(), JsonNode.class)
                                    .path("pipelines")))
                            : Future.failedFuture(
                                    "The driver of pipelines answered with status " + answer.statusCode()));
        });
    }

    private Future<Optional<String>> url() {
        return worker.executeBlocking(() -> {
            Path file = folder().resolve(ENDPOINTS);
            return Files.exists(file)
                    ? Optional.of(Json.MAPPER
                            .readTree(file.toFile())
                            .path("controlUrl")
                            .asText())
                    : Optional.<String>empty();
        });
    }

    /** The process is left alone. */
    Future<Void> close() {
        return worker.close();
    }
}
