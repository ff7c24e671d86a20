package io.fjord.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;

/** Homes and ports for these tests; binaries are unpacked once per machine. */
final class Homes {

    private Homes() {}

    static Home in(Path folder) {
        var cache = System.getProperty(
                "fjord.test.servers.dir",
                System.getProperty("java.io.tmpdir") + "/fjord-test-servers-" + System.getProperty("user.name"));
        return new Home(folder.resolve("home"), Path.of(cache, "binaries")).create();
    }

    static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
