package io.fjord.runtime;

import io.fjord.runtime.lineage.Lineage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The Spark configuration of a lakehouse driver: defaults, then what the cluster asks for, then what it may not change. */
final class SparkSettings {

    private static final String ICEBERG_EXTENSIONS =
            "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions";
    private static final Set<String> RESERVED = Set.of(
            "spark.master",
            "spark.app.name",
            "spark.driver.host",
            "spark.driver.bindAddress",
            "spark.local.dir",
            "spark.ui.enabled",
            "spark.plugins",
            "spark.authenticate");

    private SparkSettings() {}

    /** Settings through which a cluster could open itself to others; the platform alone says them. */
    static boolean isReserved(String key) {
        return RESERVED.contains(key)
                || key.startsWith("spark.connect.grpc.")
                || key.startsWith("spark.connect.auth")
                || key.startsWith("spark.openlineage.");
    }

    /** The session catalog: Spark's own tables, Hive's, and Iceberg tables beside them. */
    private static Map<String, String> hive(DriverConfig.HiveMetastore metastore) {
        return Map.of(
                "spark.sql.catalogImplementation", "hive",
                "spark.hadoop.hive.metastore.uris", metastore.uri(),
                "spark.sql.warehouse.dir", metastore.warehouse(),
                "spark.sql.catalog.spark_catalog", MetastoreCatalog.class.getName(),
                "spark.sql.catalog.spark_catalog.type", "hive",
                "spark.sql.catalog.spark_catalog.uri", metastore.uri(),
                "spark.sql.catalog.spark_catalog.cache-enabled", "false");
    }

    private static void extend(Map<String, String> conf, String extension) {
        conf.merge(
                "spark.sql.extensions", extension, (asked, ours) -> asked.contains(ours) ? asked : ours + "," + asked);
    }

    static Map<String, String> of(DriverConfig config) {
        var conf = new LinkedHashMap<String, String>();
        conf.put("spark.sql.session.timeZone", "UTC");
        conf.put("spark.sql.adaptive.enabled", "true");
        conf.put("spark.sql.shuffle.partitions", String.valueOf(2 * config.cores()));
        conf.put("spark.default.parallelism", String.valueOf(config.cores()));
        conf.put(
                "spark.sql.warehouse.dir", config.workDir().resolve("warehouse").toString());
        // Every job of every session counts here; a UI that is off needs no history of them.
        conf.put("spark.ui.retainedJobs", "10");
        conf.put("spark.ui.retainedStages", "10");
        conf.put("spark.ui.retainedTasks", "100");
        conf.put("spark.sql.ui.retainedExecutions", "5");
        conf.put("spark.log.structuredLogging.enabled", "false");
        conf.put("spark.ui.showConsoleProgress", "false");
        config.catalogs()
                .forEach((name, catalog) -> conf.putAll(LakehouseCatalog.settings(name, catalog, config.s3())));
        if (config.catalogs().containsKey("lakehouse")) {
            conf.put("spark.sql.defaultCatalog", "lakehouse");
        }
        var metastore = config.hiveMetastore();
        if (metastore != null) {
            conf.putAll(hive(metastore));
        }
        conf.putAll(config.sparkConf());
        if (config.lineageToken() != null) {
            conf.putAll(Lineage.settings(config.domain(), config.name()));
        }
        extend(conf, ICEBERG_EXTENSIONS);
        if (metastore != null) {
            extend(conf, MetastoreCommands.class.getName());
        }
        conf.put("spark.app.name", "fjord " + config.domain() + "/" + config.name());
        conf.put("spark.master", "local[" + config.cores() + "]");
        conf.put("spark.driver.host", "127.0.0.1");
        conf.put("spark.driver.bindAddress", "127.0.0.1");
        conf.put("spark.local.dir", config.workDir().resolve("spark").toString());
        conf.put("spark.ui.enabled", "false");
        conf.put("spark.connect.grpc.binding.address", "127.0.0.1");
        conf.put("spark.connect.grpc.binding.port", String.valueOf(config.connectPort()));
        conf.put("spark.connect.grpc.interceptor.classes", ConnectCallerInterceptor.class.getName());
        return conf;
    }
}
