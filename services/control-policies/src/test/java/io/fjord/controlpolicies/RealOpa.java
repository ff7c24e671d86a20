package io.fjord.controlpolicies;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.testing.TestServers;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An Open Policy Agent that has its policies of control-policies and tells it what it decides; as the README sets it up. */
final class RealOpa implements AutoCloseable {

    static final String MISSING =
            "no opa on the PATH or in ~/go/bin: go install github.com/open-policy-agent/opa@latest";

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final URI address;

    private RealOpa(Process process, URI address) {
        this.process = process;
        this.address = address;
    }

    static Optional<Path> program() {
        return Stream.concat(
                        Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                                .filter(entry -> !entry.isEmpty())
                                .map(Path::of),
                        Stream.of(Path.of(System.getProperty("user.home"), "go", "bin")))
                .map(entry -> entry.resolve("opa"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static RealOpa start(Path program, Path folder, URI controlPolicies) throws IOException {
        Path config = Files.writeString(folder.resolve("opa.yaml"), """
                services:
                  fjord:
                    url: %s/opa
                    credentials:
                      bearer:
                        token: "user:operator"
                bundles:
                  fjord:
                    service: fjord
                    resource: /bundles/fjord.tar.gz
                    polling:
                      long_polling_timeout_seconds: 10
                decision_logs:
                  service: fjord
                  resource: /logs
                  reporting:
                    min_delay_seconds: 1
                    max_delay_seconds: 2
                status:
                  service: fjord
                """.formatted(controlPolicies));
        int port = TestServers.freePort();
        Process process = new ProcessBuilder(
                        program.toString(),
                        "run",
                        "--server",
                        "--v1-compatible",
                        "--addr",
                        "127.0.0.1:" + port,
                        "--config-file",
                        config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("opa.log").toFile())
                .start();
        return new RealOpa(process, URI.create("http://127.0.0.1:" + port));
    }

    boolean allows(String actor, String action, String resource) throws IOException, InterruptedException {
        Address about = Address.parse(resource);
        byte[] question = Json.bytes(Map.of(
                "input",
                Map.of(
                        "actor",
                        actor,
                        "action",
                        action,
                        "resource",
                        Map.of("domain", about.domain(), "kind", about.kind(), "name", about.name()),
                        "context",
                        Map.of("time", "2026-11-21T09:00:00Z"))));
        var answer = http.send(
                HttpRequest.newBuilder(address.resolve("/v1/data/fjord/allow"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(question))
                        .build(),
                BodyHandlers.ofByteArray());
        return Json.MAPPER.readTree(answer.body()).path("result").asBoolean();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        process.waitFor(10, TimeUnit.SECONDS);
    }
}
