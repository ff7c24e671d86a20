package io.fjord.runtime;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the operator tells a driver before it starts: the file behind {@code --config}.
 *
 * @param gateway base address of the control plane, which knows whose a token is
 * @param secret the credential of Fjord's own services at this driver
 * @param lineageToken what the driver shows when it tells the control plane what flows where; null: it tells nothing
 */
public record DriverConfig(
        String clusterId,
        String domain,
        String name,
        long generation,
        int attempt,
        int cores,
        int memoryMiB,
        String gateway,
        String secret,
        @Nullable String lineageToken,
        Path workDir,
        int controlPort,
        int connectPort,
        int hiveHttpPort,
        int flightPort,
        int leaseSeconds,
        Map<String, CatalogConfig> catalogs,
        @Nullable ObjectStore s3,
        @Nullable HiveMetastore hiveMetastore,
        Map<String, String> sparkConf) {

    /** An Iceberg REST catalog; each session shows the token of its owner there. */
    public record CatalogConfig(String uri, String warehouse) {}

    /**
     * Where tables are known that are not in our catalogs: Parquet, CSV, JSON, Hive's own.
     *
     * @param uri {@code thrift://host:port}
     * @param warehouse the folder of tables without a place of their own
     */
    public record HiveMetastore(String uri, String warehouse) {}

    /** Where the files of the tables are. */
    public record ObjectStore(String endpoint, String accessKey, String secretKey, String region) {
        @Override
        public String toString() {
            return "ObjectStore[endpoint=" + endpoint + ", region=" + region + "]";
        }
    }

    /** The file is wrong: the message names every fault, one a line. */
    public static final class Faulty extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient List<String> faults;

        Faulty(List<String> faults) {
            super(String.join("; ", faults));
            this.faults = List.copyOf(faults);
        }

        public List<String> faults() {
            return faults;
        }
    }

    // Duplicates are refused: of two secrets the reader could not say which one holds.
    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    public static DriverConfig read(Path file) throws Faulty {
        try {
            return parse(Files.readString(file));
        } catch (IOException e) {
            throw new Faulty(List.of("the file " + file + " cannot be read"));
        }
    }

    public static DriverConfig parse(String json) throws Faulty {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            // Never the parser's own message: it quotes the text, and with it a secret.
            throw new Faulty(
                    List.of("it is not JSON: see line " + e.getLocation().getLineNr()));
        }
        if (root == null || !root.isObject()) {
            throw new Faulty(List.of("it is not a JSON object"));
        }
        var faults = new ArrayList<String>();
        var reader = new Reader("", root, faults);
        var config = new DriverConfig(
                reader.text("clusterId"),
                reader.text("domain"),
                reader.text("name"),
                reader.number("generation", 0, Long.MAX_VALUE, null),
                (int) reader.number("attempt", 0, Integer.MAX_VALUE, null),
                (int) reader.number("cores", 1, 1024, null),
                (int) reader.number("memoryMiB", 256, Integer.MAX_VALUE, null),
                reader.address("gateway"),
                reader.text("secret"),
                reader.optionalText("lineageToken"),
                Path.of(reader.text("workDir")),
                reader.port("controlPort"),
                reader.port("connectPort"),
                reader.port("hiveHttpPort"),
                reader.port("flightPort"),
                (int) reader.number("leaseSeconds", 1, 86_400, 60L),
                reader.map("catalogs", DriverConfig::catalog),
                reader.object("s3", DriverConfig::objectStore),
                reader.object("hiveMetastore", DriverConfig::hiveMetastore),
                reader.sparkConf("sparkConf"));
        reader.refuseUnknown();
        if (!faults.isEmpty()) {
            throw new Faulty(faults);
        }
        return config;
    }

    private static CatalogConfig catalog(Reader reader) {
        return new CatalogConfig(reader.text("uri"), reader.text("warehouse"));
    }

    private static HiveMetastore hiveMetastore(Reader reader) {
        return new HiveMetastore(reader.text("uri"), reader.text("warehouse"));
    }

    private static ObjectStore objectStore(Reader reader) {
        return new ObjectStore(
                reader.text("endpoint"), reader.text("accessKey"), reader.text("secretKey"), reader.text("region"));
    }

    /** The cluster, as the platform names it. */
    public String address() {
        return domain + "/cluster/" + name;
    }

    /** Without the secrets, as it may be logged. */
    @Override
    public String toString() {
        return "DriverConfig[" + address() + ", clusterId=" + clusterId + ", generation=" + generation + ", attempt="
                + attempt + "]";
    }

    /** Reads one object, remembers what was asked for, and collects what is wrong instead of stopping at the first. */
    private static final class Reader {
        private final String at;
        private final JsonNode node;
        private final List<String> faults;
        private final Set<String> known = new HashSet<>();

        Reader(String at, JsonNode node, List<String> faults) {
            this.at = at;
            this.node = node;
            this.faults = faults;
        }

        private @Nullable JsonNode field(String name) {
            known.add(name);
            var value = node.get(name);
            return value == null || value.isNull() ? null : value;
        }

        private void fault(String name, String what) {
            faults.add("'" + at + name + "' " + what);
        }

        String text(String name) {
            if (field(name) == null) {
                fault(name, "is missing");
                return "";
            }
            var text = optionalText(name);
            return text == null ? "" : text;
        }

        @Nullable
        String optionalText(String name) {
            var value = field(name);
            if (value == null) {
                return null;
            }
            if (!value.isTextual() || value.textValue().isBlank()) {
                fault(name, "must be a text that is not blank");
                return null;
            }
            return value.textValue();
        }

        String address(String name) {
            var text = text(name);
            if (!text.isEmpty() && !text.matches("https?://[^\\s/?#]+/?")) {
                fault(name, "must be an address like http://127.0.0.1:8080");
            }
            return text;
        }

        int port(String name) {
            return (int) number(name, 0, 65_535, 0L);
        }

        long number(String name, long min, long max, @Nullable Long otherwise) {
            var value = field(name);
            if (value == null) {
                if (otherwise == null) {
                    fault(name, "is missing");
                    return min;
                }
                return otherwise;
            }
            if (!value.isIntegralNumber()
                    || !value.canConvertToLong()
                    || value.longValue() < min
                    || value.longValue() > max) {
                fault(
                        name,
                        max >= Integer.MAX_VALUE
                                ? "must be a whole number of at least " + min
                                : "must be a whole number from " + min + " to " + max);
                return min;
            }
            return value.longValue();
        }

        <T> @Nullable T object(String name, Function<Reader, T> read) {
            var value = field(name);
            if (value == null) {
                return null;
            }
            return readObject(name, value, read);
        }

        <T> Map<String, T> map(String name, Function<Reader, T> read) {
            var value = field(name);
            var map = new LinkedHashMap<String, T>();
            if (value == null) {
                return map;
            }
            if (value.getNodeType() != JsonNodeType.OBJECT) {
                fault(name, "must be an object");
                return map;
            }
            value.properties().forEach(entry -> {
                if (!entry.getKey().matches("[A-Za-z][A-Za-z0-9_]*")) {
                    fault(name + "." + entry.getKey(), "is not a catalog name: letters, digits and _ only");
                }
                var item = readObject(name + "." + entry.getKey(), entry.getValue(), read);
                if (item != null) {
                    map.put(entry.getKey(), item);
                }
            });
            return map;
        }

        private <T> @Nullable T readObject(String name, JsonNode value, Function<Reader, T> read) {
            if (!value.isObject()) {
                fault(name, "must be an object");
                return null;
            }
            var reader = new Reader(at + name + ".", value, faults);
            var object = read.apply(reader);
            reader.refuseUnknown();
            return object;
        }

        Map<String, String> sparkConf(String name) {
            var value = field(name);
            var map = new LinkedHashMap<String, String>();
            if (value == null) {
                return map;
            }
            if (!value.isObject()) {
                fault(name, "must be an object of texts");
                return map;
            }
            value.properties().forEach(entry -> {
                if (!entry.getValue().isTextual()) {
                    fault(name + "." + entry.getKey(), "must be a text");
                } else if (!entry.getKey().startsWith("spark.")) {
                    fault(name + "." + entry.getKey(), "does not start with 'spark.'");
                } else if (SparkSettings.isReserved(entry.getKey())) {
                    fault(name + "." + entry.getKey(), "is set by the platform and cannot be changed");
                } else {
                    map.put(entry.getKey(), entry.getValue().textValue());
                }
            });
            return map;
        }

        void refuseUnknown() {
            node.fieldNames().forEachRemaining(name -> {
                if (!known.contains(name)) {
                    fault(name, "is not a known field");
                }
            });
        }
    }
}
