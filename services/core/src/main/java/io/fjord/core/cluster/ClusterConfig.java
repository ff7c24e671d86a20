package io.fjord.core.cluster;

import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.core.cluster.ConfigValue;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which settings of its Spark a cluster may be given: none that says who calls, what they may, or where the platform is. */
final class ClusterConfig {

    private static final List<String> ALLOWED = List.of(
            "spark.hadoop.",
            "spark.sql.adaptive.",
            "spark.sql.ansi.",
            "spark.sql.autoBroadcastJoinThreshold",
            "spark.sql.broadcastTimeout",
            "spark.sql.catalog.",
            "spark.sql.files.",
            "spark.sql.iceberg.",
            "spark.sql.parquet.",
            "spark.sql.session.timeZone",
            "spark.sql.shuffle.partitions",
            "spark.sql.sources.");

    /** The platform's own catalog, which asks who may read what. */
    private static final List<String> OURS = List.of("spark.sql.catalog.lakehouse", "spark.sql.catalog.spark_catalog");

    private ClusterConfig() {}

    /** Names every fault; and who configures it must be allowed to use each secret it names. */
    static void check(Call call, @Nullable Map<String, ConfigValue> config) {
        if (config == null) {
            return;
        }
        List<Fault> faults = new ArrayList<>();
        new TreeMap<>(config).forEach((key, value) -> {
            String pointer = "/config/" + key.replace("~", "~0").replace("/", "~1");
            if (OURS.stream().anyMatch(ours -> key.equals(ours) || key.startsWith(ours + "."))) {
                faults.add(new Fault(pointer, "is set by the platform and cannot be changed"));
            } else if (ALLOWED.stream().noneMatch(key::startsWith)) {
                faults.add(new Fault(pointer, "cannot be set; what can begins with " + String.join(", ", ALLOWED)));
            }
        });
        if (!faults.isEmpty()) {
            throw HttpProblems.invalidRequest(faults);
        }
        config.values().stream()
                .map(ConfigValue::secret)
                .filter(name -> name != null)
                .distinct()
                .sorted()
                .forEach(
                        name -> call.require("secret:use", new Address(call.domain(), "secret", String.valueOf(name))));
    }
}
