package io.fjord.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

/** The local Kafka: one KRaft node, broker and controller in one process. */
public final class KafkaBroker extends ServerProcess {

    private static final String MODULE = "services/platform/embedded/broker";
    private static final String ARCHIVE = "kafka";

    private final int controllerPort;
    private final int heapMegabytes;

    public KafkaBroker(Home home, int port, int controllerPort, int heapMegabytes) {
        super(home, "kafka", port);
        this.controllerPort = controllerPort;
        this.heapMegabytes = heapMegabytes;
    }

    /** What clients call {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port();
    }

    @Override
    protected void prepare() throws IOException {
        Files.createDirectories(logDir());
        Files.createDirectories(home.binaries());
        Home.writePrivately(properties(), serverProperties());
        Home.writePrivately(logging(), LOGGING);
        // Written last by the formatter, so it tells a formatted folder from one where formatting was interrupted.
        if (!Files.exists(logDir().resolve("meta.properties"))) {
            format();
        }
    }

    private void format() throws IOException {
        var id = UUID.randomUUID();
        var bytes = ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
        var clusterId = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        var command = jvm("-Xmx128m", "-XX:TieredStopAtLevel=1");
        if (ClassArchive.isWritten(home.binaries(), ARCHIVE, Checkout.classPath(MODULE))) {
            command.addAll(1, archive());
        }
        command.addAll(List.of(
                "kafka.tools.StorageTool",
                "format",
                "--standalone",
                "--ignore-formatted",
                // An id that starts with a dash would be read as an option.
                "--cluster-id=" + clusterId,
                "--config",
                properties().toString()));
        Children.run("Formatting Kafka's log folder", new ProcessBuilder(command), log(), "");
    }

    @Override
    protected List<String> command() {
        // The second compiler costs more than it gains: on two cores the first four million records take less of the
        // processor without it (0.6 of it), and a start half.
        var command =
                jvm("-Xms64m", "-Xmx" + heapMegabytes + "m", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError");
        command.addAll(1, archive());
        command.addAll(List.of("kafka.Kafka", properties().toString()));
        return command;
    }

    private List<String> archive() {
        return ClassArchive.options(home.binaries(), ARCHIVE, Checkout.classPath(MODULE));
    }

    private List<String> jvm(String... options) {
        var command = new ArrayList<>(List.of(java(), "-XX:+UseSerialGC", "-Djava.awt.headless=true"));
        command.addAll(List.of(options));
        command.addAll(List.of("-Dlog4j2.configurationFile=" + logging(), "-cp", Checkout.classPath(MODULE)));
        return command;
    }

    @Override
    protected boolean isReady() throws IOException {
        return logContains("Kafka Server started") && answersOnPort();
    }

    private Path logDir() {
        return home.data("kafka").resolve("log");
    }

    private Path properties() {
        return home.data("kafka").resolve("server.properties");
    }

    private Path logging() {
        return home.data("kafka").resolve("log4j2.properties");
    }

    private String serverProperties() {
        var broker = "PLAINTEXT://127.0.0.1:" + port();
        var controller = "CONTROLLER://127.0.0.1:" + controllerPort;
        return String.join(
                "\n",
                "process.roles=broker,controller",
                "node.id=1",
                "controller.quorum.bootstrap.servers=127.0.0.1:" + controllerPort,
                "listeners=" + broker + "," + controller,
                "advertised.listeners=" + broker + "," + controller,
                "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "controller.listener.names=CONTROLLER",
                "inter.broker.listener.name=PLAINTEXT",
                "log.dirs=" + logDir(),
                // A broker that was killed is registered until its session ends; the default makes it wait nine
                // seconds.
                "broker.session.timeout.ms=3000",
                "broker.heartbeat.interval.ms=500",
                "auto.create.topics.enable=false",
                "offsets.topic.replication.factor=1",
                "offsets.topic.num.partitions=4",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "transaction.state.log.num.partitions=4",
                "share.coordinator.state.topic.replication.factor=1",
                "share.coordinator.state.topic.min.isr=1",
                "group.initial.rebalance.delay.ms=0",
                // The default reserves 128 MiB for a cleaner that has next to nothing to do here.
                "log.cleaner.dedupe.buffer.size=8388608",
                "log.cleaner.threads=1",
                // Index files are as long as they may become from the start; 10 MiB each is the default.
                "log.index.size.max.bytes=1048576",
                "num.io.threads=4",
                "num.network.threads=2",
                "background.threads=2",
                "");
    }

    private static final String LOGGING = String.join(
            "\n",
            "status=error",
            "appender.out.type=Console",
            "appender.out.name=out",
            "appender.out.layout.type=PatternLayout",
            "appender.out.layout.pattern=%d{ISO8601} %p %m (%c{1})%n",
            "rootLogger.level=warn",
            "rootLogger.appenderRef.out.ref=out",
            "logger.server.name=kafka.server.KafkaRaftServer",
            "logger.server.level=info",
            "");
}
