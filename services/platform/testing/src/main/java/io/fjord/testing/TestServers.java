package io.fjord.testing;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.embedded.Home;
import io.fjord.embedded.KafkaBroker;
import io.fjord.embedded.MariadbServer;
import io.fjord.embedded.ObjectStore;
import io.fjord.embedded.PostgresServer;
import io.fjord.embedded.Server;
import io.fjord.embedded.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The real servers for tests: each started at its first use, once per JVM, on a free port, gone with the JVM.
 *
 * <p>Binaries and empty databases are kept in {@code -Dfjord.test.servers.dir} (else a folder per user under the temp
 * folder), so that only the first run on a machine unpacks them. Databases do not wait for the disk here; a test about
 * durability makes a server of its own with {@link Durability#ON_DISK}.
 */
public final class TestServers {

    private static final List<Server> STARTED = Collections.synchronizedList(new ArrayList<>());
    private static final Object LOCK = new Object();
    private static final FileChannel PORTS = ports();

    private static @Nullable Path folder;
    private static @Nullable PostgresServer postgres;
    private static @Nullable MariadbServer mariadb;
    private static @Nullable KafkaBroker kafka;
    private static @Nullable ObjectStore objectStore;

    private TestServers() {}

    /** A PostgreSQL 18 with the database {@code fjord} and the roles {@code fjord} and {@code fjord_cdc}. */
    public static PostgresServer postgres() {
        synchronized (LOCK) {
            if (postgres == null) {
                postgres = started(newPostgres(newHome("postgres"), Durability.NONE));
            }
            return postgres;
        }
    }

    /** A MariaDB 11.4 with the database {@code fjord} and the users {@code fjord} and {@code fjord_cdc}. */
    public static MariadbServer mariadb() {
        synchronized (LOCK) {
            if (mariadb == null) {
                mariadb = started(newMariadb(newHome("mariadb"), Durability.NONE));
            }
            return mariadb;
        }
    }

    /** A Kafka of one node that creates no topic by itself. */
    public static KafkaBroker kafka() {
        synchronized (LOCK) {
            if (kafka == null) {
                kafka = started(newKafka(newHome("kafka")));
            }
            return kafka;
        }
    }

    /** An S3 with the bucket {@link ObjectStore#BUCKET}. */
    public static ObjectStore objectStore() {
        synchronized (LOCK) {
            if (objectStore == null) {
                objectStore = started(new ObjectStore(newHome("object-store"), freePort(), 128));
            }
            return objectStore;
        }
    }

    /** A PostgreSQL of your own, not started yet; stop it yourself. */
    public static PostgresServer newPostgres(Home home, Durability durability) {
        copyTemplate("postgres", PostgresServer.class, home);
        return new PostgresServer(home, freePort(), durability);
    }

    /** A MariaDB of your own, not started yet; stop it yourself. */
    public static MariadbServer newMariadb(Home home, Durability durability) {
        copyTemplate("mariadb", MariadbServer.class, home);
        return new MariadbServer(home, freePort(), durability);
    }

    /** A broker of your own, not started yet; stop it yourself. */
    public static KafkaBroker newKafka(Home home) {
        return new KafkaBroker(home, freePort(), freePort(), 256);
    }

    /** An empty home below this JVM's folder, deleted with it. */
    public static Home newHome(String name) {
        try {
            synchronized (LOCK) {
                var all = folder;
                if (all == null) {
                    all = Files.createTempDirectory("fjord-test-");
                    folder = all;
                    Runtime.getRuntime().addShutdownHook(new Thread(TestServers::tidyUp, "test-servers"));
                }
                return new Home(Files.createTempDirectory(all, name + "-"), cache().resolve("binaries")).create();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * One that nobody listens on. Not of those the system hands out by itself: a server that is killed finds its port taken
     * by somebody's connection else.
     */
    public static int freePort() {
        for (int tries = 0; ; tries++) {
            int port = ThreadLocalRandom.current().nextInt(10_000, 32_000);
            try {
                // Kept until this process ends: other test processes choose at the same time, and servers bind late.
                if (PORTS.tryLock(port, 1, false) == null) {
                    continue;
                }
                try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                    return socket.getLocalPort();
                }
            } catch (OverlappingFileLockException e) {
                // Given out by this process before.
            } catch (IOException e) {
                if (tries >= 100) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /** A lock on byte N of this file is a claim on port N. */
    private static FileChannel ports() {
        try {
            Files.createDirectories(cache());
            return FileChannel.open(cache().resolve("ports.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T extends Server> T started(T server) {
        STARTED.add(server);
        server.start();
        return server;
    }

    /** Making an empty database takes seconds, copying one does not. */
    private static void copyTemplate(String kind, Class<? extends DatabaseServer> maker, Home home) {
        try {
            var template =
                    new Home(cache().resolve("template-" + kind + "-" + checksum(maker)), cache().resolve("binaries"));
            template.create();
            try (var channel = FileChannel.open(
                            template.root().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    var lock = channel.lock()) {
                if (lock.isValid()) {
                    if (kind.equals("postgres")) {
                        new PostgresServer(template, 0, Durability.NONE).initialise();
                    } else {
                        new MariadbServer(template, 0, Durability.NONE).initialise();
                    }
                }
            }
            for (var part : List.of("data", "secrets")) {
                Trees.copy(template.root().resolve(part), home.root().resolve(part));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot make an empty " + kind + ": " + e.getMessage(), e);
        }
    }

    /** Of its code: what an older one has made may be made otherwise now. */
    private static String checksum(Class<?> maker) throws IOException {
        try (var code = Objects.requireNonNull(maker.getResourceAsStream(maker.getSimpleName() + ".class"))) {
            var sum = new CRC32();
            sum.update(code.readAllBytes());
            return HexFormat.of().toHexDigits((int) sum.getValue());
        }
    }

    private static Path cache() {
        var given = System.getProperty(
                "fjord.test.servers.dir", System.getenv().getOrDefault("FJORD_TEST_SERVERS_DIR", ""));
        return given.isBlank()
                ? Path.of(System.getProperty("java.io.tmpdir"), "fjord-test-servers-" + System.getProperty("user.name"))
                : Path.of(given);
    }

    private static void tidyUp() {
        // In parallel: a surefire JVM that takes long to end looks like one that hangs.
        STARTED.parallelStream().forEach(server -> {
            if (server instanceof DatabaseServer || server instanceof ObjectStore) {
                server.stop();
            } else {
                // Its data goes anyway, and an orderly stop of a broker takes seconds.
                server.kill();
            }
        });
        var all = folder;
        if (all != null) {
            try {
                Trees.delete(all);
            } catch (IOException e) {
                System.err.println("Could not delete " + all + ": " + e.getMessage());
            }
        }
    }
}
