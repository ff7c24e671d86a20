package io.fjord.operator;

import io.fjord.contract.Address;
import io.fjord.contract.core.cluster.ConfigValue;
import io.fjord.kernel.Secrets;
import io.fjord.operator.DesiredClusters.Desired;
import io.fjord.platform.http.ProblemException;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The settings of a cluster's Spark as its driver gets them: secrets in the place of their names.
 *
 * @param values by name
 * @param secret names of those that nobody is to be shown
 */
record DriverSettings(Map<String, String> values, Set<String> secret) {

    private static final String REDACTED = "spark.redaction.regex";

    /** Spark's own, which would be lost otherwise. */
    private static final String REDACTED_ANYWAY = "(?i)secret|password|token|access[.]?key";

    static final DriverSettings NONE = new DriverSettings(Map.of(), Set.of());

    /** A setting whose secret cannot be had: to try again in a second would not help. */
    static final class Unresolved extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final String reason;

        Unresolved(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }

    /** @return fails with {@link Unresolved}, or with what passes with time */
    static Future<DriverSettings> of(Desired cluster, Secrets secrets) {
        Map<String, String> values = new TreeMap<>();
        Set<String> secret = new TreeSet<>();
        Future<Void> resolved = Future.succeededFuture();
        for (Map.Entry<String, ConfigValue> one : new TreeMap<>(cluster.config()).entrySet()) {
            String name = one.getValue().secret();
            if (name == null) {
                values.put(one.getKey(), String.valueOf(one.getValue().text()));
                continue;
            }
            secret.add(one.getKey());
            Address address = new Address(cluster.address().domain(), "secret", name);
            resolved = resolved.compose(ok -> secrets.resolve(address, cluster.configuredBy()))
                    .map(value -> {
                        values.put(one.getKey(), value.reveal());
                        return (Void) null;
                    })
                    .recover(failure -> Future.failedFuture(told(one.getKey(), failure)));
        }
        return resolved.map(ok -> new DriverSettings(Map.copyOf(values), Set.copyOf(secret)));
    }

    private static Throwable told(String key, Throwable failure) {
        return failure instanceof ProblemException problem && problem.problem().status() < 500
                ? new Unresolved("The setting " + key + " has no value: "
                        + problem.problem().detail())
                : failure;
    }

    /** With what keeps Spark from showing the secret ones. */
    Map<String, String> sparkConf() {
        Map<String, String> conf = new LinkedHashMap<>(new TreeMap<>(values));
        if (!secret.isEmpty()) {
            conf.put(
                    REDACTED,
                    secret.stream()
                            .sorted()
                            .map(key -> "^" + Pattern.quote(key) + "$")
                            .collect(Collectors.joining("|", REDACTED_ANYWAY + "|", "")));
        }
        return conf;
    }

    @Override
    public String toString() {
        return "DriverSettings" + values.keySet();
    }
}
