package io.fjord.runtime;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.spark.SparkCatalog;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;

/**
 * An Iceberg REST catalog in Spark whose keys are not in Spark's configuration.
 *
 * <p>Every session may read and change the configuration, so the token and the object store's keys stay here, in the process,
 * together with the addresses they may be sent to. And every session builds its own catalog: they share one client
 * underneath, or each would open connections and ask for the catalog's configuration again. It is built at first use,
 * so a driver starts while the catalog is away.
 */
public final class LakehouseCatalog extends SparkCatalog {

    private static final Map<String, Map<String, String>> PROPERTIES = new ConcurrentHashMap<>();
    private static final Map<String, Catalog> CLIENTS = new ConcurrentHashMap<>();

    /** The settings of a catalog that everybody may read. */
    static Map<String, String> settings(
            String name, DriverConfig.CatalogConfig catalog, DriverConfig.@Nullable ObjectStore s3) {
        var at = key(name);
        var settings = new LinkedHashMap<String, String>();
        settings.put(at, LakehouseCatalog.class.getName());
        settings.put(at + ".type", "rest");
        settings.put(at + ".uri", catalog.uri());
        settings.put(at + ".warehouse", catalog.warehouse());
        settings.put(at + ".io-impl", "org.apache.iceberg.aws.s3.S3FileIO");
        // A commit made through one session must be seen by the next statement of every other.
        settings.put(at + ".cache-enabled", "false");
        settings.put(at + ".rest.auth.type", "none");
        if (s3 != null) {
            settings.put(at + ".s3.endpoint", s3.endpoint());
            settings.put(at + ".s3.path-style-access", "true");
            settings.put(at + ".client.region", s3.region());
        }
        return settings;
    }

    /** Puts a catalog's keys aside, with all that the platform set for it: what a session sets later is not asked. */
    static void keep(
            String name,
            DriverConfig.CatalogConfig catalog,
            DriverConfig.@Nullable ObjectStore s3,
            Map<String, String> sparkConf) {
        var properties = new HashMap<String, String>();
        var prefix = key(name) + ".";
        sparkConf.forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                properties.put(key.substring(prefix.length()), value);
            }
        });
        if (catalog.token() != null) {
            // Sent as it is: Iceberg's own "token" would try to exchange and refresh it with an OAuth server.
            properties.put("header.Authorization", "Bearer " + catalog.token());
        }
        if (s3 != null) {
            properties.put("s3.access-key-id", s3.accessKey());
            properties.put("s3.secret-access-key", s3.secretKey());
        }
        PROPERTIES.put(name, Map.copyOf(properties));
    }

    private static String key(String name) {
        return "spark.sql.catalog." + name;
    }

    @Override
    protected Catalog buildIcebergCatalog(String name, CaseInsensitiveStringMap options) {
        var properties = PROPERTIES.get(name);
        if (properties == null) {
            throw new IllegalArgumentException("The cluster has no catalog '" + name + "'.");
        }
        return CLIENTS.computeIfAbsent(
                name, absent -> super.buildIcebergCatalog(name, new CaseInsensitiveStringMap(properties)));
    }
}
