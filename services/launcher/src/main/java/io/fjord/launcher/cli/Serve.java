package io.fjord.launcher.cli;

import io.fjord.launcher.ControlPlane;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs services in this process: what a container runs. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = {
            "Runs the control plane, or some of its services, in the foreground.",
            "Where Kafka, database and object store are is given by FJORD_KAFKA, FJORD_DATABASE, FJORD_DATABASE_CDC and FJORD_S3.",
        })
public final class Serve implements Callable<Integer> {

    @Option(
            names = "--services",
            paramLabel = "all|core,audit,…",
            defaultValue = "all",
            description = "Which services (all).")
    private String services = "all";

    @Override
    public Integer call() throws Exception {
        ControlPlane.main(new String[] {"--services=" + services});
        // The control plane ends the process itself when it is told to.
        Thread.currentThread().join();
        return 0;
    }
}
