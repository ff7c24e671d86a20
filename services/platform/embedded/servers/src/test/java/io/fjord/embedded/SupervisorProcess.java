package io.fjord.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A supervisor in a JVM of its own, over a database, an object store and a control plane that only has a driver. */
public final class SupervisorProcess {

    private SupervisorProcess() {}

    static Process start(Home home, int databasePort, int storePort) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dfjord.root=" + Checkout.root(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SupervisorProcess.class.getName(),
                        home.root().toString(),
                        home.binaries().toString(),
                        Integer.toString(databasePort),
                        Integer.toString(storePort))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        home.log(Supervisor.NAME).toFile()))
                .start();
    }

    public static void main(String[] args) throws InterruptedException {
        var home = new Home(Path.of(args[0]), Path.of(args[1]));
        try {
            var supervisor = new Supervisor(
                    home,
                    List.of(
                            new PostgresServer(home, Integer.parseInt(args[2]), Durability.ON_DISK),
                            new ObjectStore(home, Integer.parseInt(args[3]), 64)),
                    new ControlPlaneWithDriver(home));
            Runtime.getRuntime().addShutdownHook(new Thread(supervisor::close));
            supervisor.start();
        } catch (ServerFailed e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
        Thread.currentThread().join();
    }

    /** Starts something that, like a Spark driver, does not end with it. */
    private static final class ControlPlaneWithDriver extends ServerProcess {

        ControlPlaneWithDriver(Home home) {
            super(home, "control-plane", Homes.freePort());
        }

        @Override
        protected void prepare() {}

        @Override
        protected List<String> command() {
            return List.of("sh", "-c", "sleep 1001 & echo ready; exec sleep 1002");
        }

        @Override
        protected Map<String, String> environment() {
            return Map.of(ControlPlaneProcess.INSTANCE, home.secret("instance"));
        }

        @Override
        protected boolean isReady() throws IOException {
            return logContains("ready");
        }
    }
}
