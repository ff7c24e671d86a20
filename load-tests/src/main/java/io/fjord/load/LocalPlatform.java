package io.fjord.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A Fjord of the load tests' own: {@code ./fjord up} with a home under {@code target}, on free ports. */
final class LocalPlatform implements AutoCloseable {

    private static final Pattern PID = Pattern.compile("\"pid\":(\\d+)");

    private final Path root;
    private final Path home;
    private final Map<String, String> environment = new HashMap<>();
    private boolean serversUp;

    LocalPlatform(Path root) {
        this.root = root;
        this.home = root.resolve("load-tests/target/home");
        environment.put("FJORD_HOME", home.toString());
        environment.put("FJORD_NO_BUILD", "1");
        // Nobody logs in, and what it takes is not to be measured with the rest.
        environment.put("FJORD_WITHOUT", "keycloak");
        for (String port : List.of(
                "FJORD_PORT",
                "FJORD_KAFKA_PORT",
                "FJORD_KAFKA_CONTROLLER_PORT",
                "FJORD_DATABASE_PORT",
                "FJORD_S3_PORT")) {
            environment.put(port, Integer.toString(freePort()));
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Without what an earlier run left; unpacked binaries stay. */
    void clean() throws IOException, InterruptedException {
        if (Files.exists(home)) {
            down();
        }
        for (String part :
                List.of("data", "logs", "run", "search", "secrets", "clusters", "pipelines", "plain", "spool")) {
            delete(home.resolve(part));
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (var all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /**
     * @param services of the control plane under supervision; the servers come up in any case
     * @return seconds until {@code fjord up} said that all is ready
     */
    double up(String services) throws IOException, InterruptedException {
        long began = System.nanoTime();
        fjord(Map.of("FJORD_SERVICES", services), "up");
        return (System.nanoTime() - began) / 1e9;
    }

    /** Broker, database and object store, with a control plane that has no service but the door. */
    void servers() throws IOException, InterruptedException {
        if (!serversUp) {
            up("gateway");
            serversUp = true;
        }
    }

    void down() throws IOException, InterruptedException {
        serversUp = false;
        fjord(Map.of(), "down");
    }

    private void fjord(Map<String, String> more, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(root.resolve("fjord").toString()));
        command.addAll(List.of(arguments));
        Path log = root.resolve("load-tests/target/fjord.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(root.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        builder.environment().putAll(more);
        Process process = builder.start();
        if (!process.waitFor(180, TimeUnit.SECONDS)) {
            process.destroy();
            throw new IOException("fjord " + String.join(" ", arguments) + " took over three minutes; see " + log);
        }
        if (process.exitValue() != 0) {
            throw new IOException("fjord " + String.join(" ", arguments) + " failed; see " + log);
        }
    }

    /** The folder of the sources. */
    Path root() {
        return root;
    }

    Path home() {
        return home;
    }

    int port() {
        return Integer.parseInt(environment.get("FJORD_PORT"));
    }

    String kafka() {
        return "127.0.0.1:" + environment.get("FJORD_KAFKA_PORT");
    }

    String token() throws IOException {
        return Files.readString(home.resolve("secrets/operator-token")).strip();
    }

    /** Process id of something under supervision: {@code control-plane}, {@code kafka}. */
    long pid(String name) throws IOException {
        var found = PID.matcher(Files.readString(home.resolve("run/" + name + ".json")));
        if (!found.find()) {
            throw new IOException("Nothing is known of " + name);
        }
        return Long.parseLong(found.group(1));
    }

    /** Environment of the control plane under supervision: where everything is. */
    Map<String, String> controlPlaneEnvironment() throws IOException {
        Map<String, String> all = new HashMap<>();
        for (String variable : zeroTerminated("environ")) {
            int equals = variable.indexOf('=');
            if (equals > 0) {
                all.put(variable.substring(0, equals), variable.substring(equals + 1));
            }
        }
        return all;
    }

    /** Its command line, so that what is measured runs as the product does. */
    List<String> controlPlaneCommand() throws IOException {
        return zeroTerminated("cmdline");
    }

    private List<String> zeroTerminated(String file) throws IOException {
        byte[] bytes = Files.readAllBytes(Path.of("/proc/" + pid("control-plane") + "/" + file));
        return List.of(new String(bytes, StandardCharsets.UTF_8).split("\0"));
    }

    /** The metastore under the role of the services. */
    Connection database() throws IOException, SQLException {
        return connect("FJORD_DATABASE");
    }

    URI address(String variable) throws IOException {
        String text = controlPlaneEnvironment().get(variable);
        if (text == null) {
            throw new IOException("The control plane was not told " + variable);
        }
        return URI.create(text);
    }

    private Connection connect(String variable) throws IOException, SQLException {
        URI at = address(variable);
        String[] user = at.getUserInfo().split(":", 2);
        Properties settings = new Properties();
        settings.setProperty("user", user[0]);
        settings.setProperty("password", user[1]);
        return DriverManager.getConnection(
                "jdbc:postgresql://" + at.getHost() + ":" + at.getPort() + at.getPath(), settings);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        down();
    }
}
