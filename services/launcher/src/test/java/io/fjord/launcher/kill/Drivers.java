package io.fjord.launcher.kill;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The Spark drivers of a control plane, found by what its operator noted of them. */
final class Drivers {

    private final Path folder;

    Drivers(Path folder) {
        this.folder = folder;
    }

    List<ProcessHandle> alive() {
        if (!Files.exists(folder)) {
            return List.of();
        }
        List<ProcessHandle> alive = new ArrayList<>();
        try (Stream<Path> files = Files.find(folder, 3, (file, is) -> file.endsWith("process.json"))) {
            for (Path file : files.toList()) {
                JsonNode noted = Json.MAPPER.readTree(file.toFile());
                ProcessHandle.of(noted.path("pid").asLong())
                        .filter(ProcessHandle::isAlive)
                        .filter(driver -> driver.info()
                                .startInstant()
                                .map(start -> start.toString()
                                        .equals(noted.path("startedAt").asText()))
                                .orElse(false))
                        .ifPresent(alive::add);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return alive;
    }
}
