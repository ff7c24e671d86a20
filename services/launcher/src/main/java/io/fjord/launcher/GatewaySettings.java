package io.fjord.launcher;

import io.fjord.gateway.GatewayConfig;
import io.fjord.gateway.Limits;
import io.fjord.gateway.Tls;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What the gateway is told by the environment.
 *
 * @param thriftPort {@code FJORD_THRIFT_PORT}: of binary HiveServer2; {@code off} for none
 * @param defaultCluster {@code FJORD_DEFAULT_CLUSTER}: for callers that name none
 * @param limits {@code FJORD_LIMIT_PER_SECOND}, {@code FJORD_LIMIT_BURST}, {@code FJORD_LIMIT_AT_ONCE}: of each caller
 * @param origins {@code FJORD_CORS_ORIGINS}: whose pages may read answers, separated by commas
 * @param tls {@code FJORD_TLS_KEY}, {@code FJORD_TLS_CERTIFICATE}, {@code FJORD_TLS_PORT}: HTTPS beside the port without
 */
record GatewaySettings(
        int thriftPort,
        String defaultCluster,
        Limits limits,
        Set<String> origins,
        @Nullable Tls tls) {

    private static final int API_PORT = 8080;
    private static final int THRIFT_PORT = 10_000;
    private static final int TLS_PORT = 8443;

    static GatewaySettings of(Map<String, String> environment, int apiPort, List<String> faults) {
        Reader reader = new Reader(environment, faults);
        int perSecond = reader.atLeastOne("FJORD_LIMIT_PER_SECOND", Limits.DEFAULT.perSecond());
        return new GatewaySettings(
                reader.thriftPort(apiPort),
                environment.getOrDefault("FJORD_DEFAULT_CLUSTER", ""),
                new Limits(
                        perSecond,
                        reader.atLeastOne("FJORD_LIMIT_BURST", 2 * perSecond),
                        reader.atLeastOne("FJORD_LIMIT_AT_ONCE", Limits.DEFAULT.atOnce())),
                reader.origins(),
                reader.tls());
    }

    GatewayConfig applied(GatewayConfig config, GatewayConfig.Feed clusters) {
        return config.withClusters(clusters, defaultCluster)
                .withThrift(thriftPort)
                .withLimits(limits)
                .withOrigins(origins)
                .withTls(tls);
    }

    private record Reader(Map<String, String> environment, List<String> faults) {

        /** A second Fjord on this machine takes another port than the first without being told. */
        int thriftPort(int apiPort) {
            String value = environment.getOrDefault("FJORD_THRIFT_PORT", "");
            if (value.equals("off")) {
                return GatewayConfig.NO_THRIFT;
            }
            return port("FJORD_THRIFT_PORT", apiPort == API_PORT ? THRIFT_PORT : 0, ", or off");
        }

        int atLeastOne(String name, int otherwise) {
            return number(name, otherwise, value -> value >= 1, "a number of at least 1");
        }

        Set<String> origins() {
            Set<String> origins = new TreeSet<>();
            for (String origin :
                    environment.getOrDefault("FJORD_CORS_ORIGINS", "").split(",")) {
                if (origin.strip().matches("https?://[^/,*]+")) {
                    origins.add(origin.strip());
                } else if (!origin.isBlank()) {
                    faults.add(
                            "FJORD_CORS_ORIGINS must be origins like https://console.example.com, separated by commas,"
                                    + " not '" + origin.strip() + "'");
                }
            }
            return origins;
        }

        @Nullable
        Tls tls() {
            String key = environment.getOrDefault("FJORD_TLS_KEY", "");
            String certificate = environment.getOrDefault("FJORD_TLS_CERTIFICATE", "");
            if (key.isBlank() && certificate.isBlank()) {
                return null;
            }
            if (key.isBlank() || certificate.isBlank()) {
                faults.add("FJORD_TLS_KEY and FJORD_TLS_CERTIFICATE, both files in PEM, are needed together");
            }
            return new Tls(Path.of(key), Path.of(certificate), port("FJORD_TLS_PORT", TLS_PORT, ""));
        }

        private int port(String name, int otherwise, String or) {
            return number(name, otherwise, value -> value >= 0 && value <= 65_535, "a port number" + or);
        }

        private int number(String name, int otherwise, IntPredicate right, String what) {
            String value = environment.getOrDefault(name, "");
            if (value.isBlank()) {
                return otherwise;
            }
            if (value.matches("[0-9]{1,9}") && right.test(Integer.parseInt(value))) {
                return Integer.parseInt(value);
            }
            faults.add(name + " must be " + what + ", not '" + value + "'");
            return otherwise;
        }
    }
}
