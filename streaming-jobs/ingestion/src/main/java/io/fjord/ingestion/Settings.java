package io.fjord.ingestion;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the operator tells the driver of pipelines before it starts: the file behind {@code --config}.
 *
 * @param gateway base address of the control plane, behind which the catalog is
 * @param kafka how clients reach the broker, as its own settings
 * @param secret what calls to the driver are checked with
 * @param workDir where the driver says how it is reached
 * @param sourceNetworks that source databases may be in although they are special
 * @param leaseSeconds a driver nobody asks after for so long ends itself
 */
public record Settings(
        String gateway,
        Map<String, String> kafka,
        ObjectStore s3,
        String secret,
        String workDir,
        List<String> sourceNetworks,
        int leaseSeconds) {

    public Settings {
        sourceNetworks = List.copyOf(Objects.requireNonNullElse(sourceNetworks, List.of()));
    }

    public static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    public record ObjectStore(String endpoint, String accessKey, String secretKey, String region) {
        @Override
        public String toString() {
            return "ObjectStore[" + endpoint + "]";
        }
    }

    /** @throws IllegalArgumentException naming everything that is missing */
    static Settings read(Path file) throws IOException {
        Settings settings = JSON.readValue(Files.readAllBytes(file), Settings.class);
        List<String> missing = new ArrayList<>();
        need("gateway", settings.gateway, missing);
        need("kafka", settings.kafka, missing);
        need("s3", settings.s3, missing);
        need("secret", settings.secret, missing);
        need("workDir", settings.workDir, missing);
        if (settings.leaseSeconds < 1) {
            missing.add("'leaseSeconds' must be at least 1");
        }
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", missing));
        }
        return settings;
    }

    private static void need(String name, @Nullable Object value, List<String> missing) {
        if (value == null) {
            missing.add("'" + name + "' is missing");
        }
    }

    @Override
    public String toString() {
        return "Settings[" + gateway + "]";
    }
}
