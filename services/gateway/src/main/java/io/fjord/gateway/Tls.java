package io.fjord.gateway;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/**
 * The key and certificate of the gateway, both in PEM.
 *
 * @param certificate the chain, the gateway's own first
 * @param port where HTTPS is spoken, beside the port without TLS
 */
public record Tls(Path key, Path certificate, int port) {

    /** What the files hold at one moment. */
    record Pair(Buffer key, Buffer certificate) {

        PemKeyCertOptions options() {
            return new PemKeyCertOptions().addKeyValue(key).addCertValue(certificate);
        }

        boolean sameAs(Pair other) {
            return MessageDigest.isEqual(key.getBytes(), other.key.getBytes()) && certificate.equals(other.certificate);
        }

        @Override
        public String toString() {
            return "Pair[not shown]";
        }
    }

    /** Reads them; not on an event loop. */
    Pair read() throws IOException {
        return new Pair(Buffer.buffer(Files.readAllBytes(key)), Buffer.buffer(Files.readAllBytes(certificate)));
    }
}
