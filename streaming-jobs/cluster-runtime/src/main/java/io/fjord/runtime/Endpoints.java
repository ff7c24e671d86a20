package io.fjord.runtime;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Where this driver listens, as the operator reads it from {@code endpoints.json}. */
@JsonPropertyOrder({
    "clusterId",
    "generation",
    "attempt",
    "pid",
    "controlUrl",
    "sparkConnectUrl",
    "hiveHttpUrl",
    "flightUrl",
    "startedAt"
})
public record Endpoints(
        String clusterId,
        long generation,
        int attempt,
        long pid,
        String controlUrl,
        String sparkConnectUrl,
        String hiveHttpUrl,
        String flightUrl,
        String startedAt) {

    static final ObjectMapper JSON = new ObjectMapper();
    private static final String FILE = "endpoints.json";

    /** A reader sees the whole file or none; only its owner reads it. */
    void write(Path workDir) throws IOException {
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var half = Files.createTempFile(workDir, FILE, ".tmp", ownerOnly);
        Files.write(half, JSON.writeValueAsBytes(this));
        Files.move(half, workDir.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What an earlier attempt left would send the operator to a dead driver. */
    static void forget(Path workDir) throws IOException {
        Files.deleteIfExists(workDir.resolve(FILE));
    }
}
