package io.fjord.load;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A control plane with all services, people who can log in, and a cluster that runs: a real driver. */
final class RunningCluster implements AutoCloseable {

    static final String NAME = "refusing";

    private static final String ALL = "cdc,control-policies,iam,core,catalog,sql,audit,spark-operator,gateway";
    private static final String RUNTIME = "streaming-jobs/cluster-runtime";
    private static final String PROGRAM = "io.fjord.runtime.load.RefusalLoad";
    private static final Duration STARTS_WITHIN = Duration.ofMinutes(4);

    private final LocalPlatform platform;
    private final Issuer issuer = new Issuer();
    private final ServedPlane plane;
    private final LeanHttp operator;

    RunningCluster(LocalPlatform platform) throws Exception {
        this.platform = platform;
        platform.servers();
        plane = ServedPlane.start(platform, ALL, issuer.settings());
        operator = new LeanHttp(plane.port(), platform.token());
        LeanHttp.Answer made = operator.decide("/api/v1/clusters", "{\"name\":\"" + NAME + "\",\"size\":\"XS\"}");
        if (made.status() != 201) {
            throw new IOException("The cluster was answered " + made.status() + " " + made.body());
        }
        awaitState("running");
    }

    private void awaitState(String state) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + STARTS_WITHIN.toNanos();
        while (!operator.get("/api/v1/clusters/" + NAME).field("state").equals(state)) {
            if (System.nanoTime() > deadline) {
                throw new IOException("The cluster is not " + state);
            }
            Thread.sleep(200);
        }
    }

    /** A service account that may use what there is. */
    Who account(String name) throws IOException {
        made("/api/v1/service-accounts", "{\"name\":\"" + name + "\"}");
        LeanHttp.Answer token = made("/api/v1/service-accounts/" + name + "/tokens", "{\"label\":\"load test\"}");
        String actor = "service-account:" + name;
        return new Who(actor, token.field("value"), token.field("id"), granted(actor));
    }

    /** Somebody who was provisioned over SCIM and has logged in at the identity provider. */
    Who person(String name) throws Exception {
        LeanHttp.Answer made = made(
                "/scim/v2/Users",
                "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"" + name
                        + "\",\"active\":true}");
        String id = made.field("id");
        String actor = "user:" + id;
        return new Who(actor, issuer.token(id), id, granted(actor));
    }

    /**
     * @param id of their token, or their own in SCIM
     * @param grant the one that lets them in
     */
    record Who(String actor, String token, String id, String grant) {

        String line() {
            return actor + " " + token + " " + id + " " + grant;
        }
    }

    private String granted(String actor) throws IOException {
        return made(
                        "/api/v1/grants",
                        "{\"subject\":\"" + actor + "\",\"role\":\"member\",\"resources\":[\"default/*/*\"]}")
                .field("id");
    }

    private LeanHttp.Answer made(String path, String json) throws IOException {
        LeanHttp.Answer made = operator.decide(path, json);
        if (made.status() != 201) {
            throw new IOException(path + " was answered " + made.status() + " " + made.body());
        }
        return made;
    }

    /** Runs what is among the tests of the cluster runtime, with real clients, for these people. */
    ModuleProgram program(List<Who> people, List<String> arguments, List<String> words)
            throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>();
        environment.put("FJORD_LOAD_OPERATOR", platform.token());
        environment.put(
                "FJORD_LOAD_PEOPLE",
                String.join("\n", people.stream().map(Who::line).toList()));
        List<String> all = new ArrayList<>(List.of(Integer.toString(plane.port()), NAME));
        all.addAll(arguments);
        return ModuleProgram.run(
                platform,
                classPath(),
                // As Spark's client wants it.
                List.of("--add-opens=java.base/java.nio=ALL-UNNAMED", "-Dio.netty.tryReflectionSetAccessible=true"),
                PROGRAM,
                environment,
                all,
                words);
    }

    /** Spark Connect's own client has classes of the same names as the driver; with it the JDBC driver, which is shaded. */
    private String classPath() throws IOException {
        Path target = platform.root().resolve(RUNTIME).resolve("target");
        String jdbc =
                List.of(Files.readString(target.resolve("test-class-path.txt"))
                                .strip()
                                .split(File.pathSeparator))
                        .stream()
                        .filter(jar -> jar.contains("kyuubi-hive-jdbc"))
                        .findFirst()
                        .orElseThrow(() -> new IOException("The tests of " + RUNTIME + " have no JDBC driver"));
        return target.resolve("test-classes")
                + File.pathSeparator
                + Files.readString(target.resolve("connect-client-class-path.txt"))
                        .strip()
                + File.pathSeparator
                + jdbc;
    }

    /** A driver outlives its control plane, so it is ended first. */
    @Override
    public void close() throws Exception {
        try {
            operator.decide("/api/v1/clusters/" + NAME + "/stop", "");
            awaitState("stopped");
            operator.decide("DELETE", "/api/v1/clusters/" + NAME, "");
        } finally {
            operator.close();
            plane.close();
            issuer.close();
        }
    }
}
