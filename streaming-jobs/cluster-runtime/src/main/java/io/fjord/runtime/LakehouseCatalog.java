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
 * <p>Every session may read the configuration, so the token and the object store's keys stay here, in the process. And every
 * session builds its own catalog: they share one client underneath, or each would open connections and ask for the
 * catalog's configuration again. It is built at first use, so a driver starts while the catalog is away.
 */
public final class LakehouseCatalog extends SparkCatalog {

    private static final Map<String, Map<String, String>> SECRETS = new ConcurrentHashMap<>();
    private static final Map<Map<String, String>, Catalog> CLIENTS = new ConcurrentHashMap<>();

    /** The public settings of a catalog; its secrets are put aside until it is built. */
    static Map<String, String> settings(
            String name, DriverConfig.CatalogConfig catalog, DriverConfig.@Nullable ObjectStore s3) {
        var at = "spark.sql.catalog." + name;
        var settings = new LinkedHashMap<String, String>();
        var secrets = new HashMap<String, String>();
        settings.put(at, LakehouseCatalog.class.getName());
        settings.put(at + ".type", "rest");
        settings.put(at + ".uri", catalog.uri());
        settings.put(at + ".warehouse", catalog.warehouse());
        settings.put(at + ".io-impl", "org.apache.iceberg.aws.s3.S3FileIO");
        // A commit made through one session must be seen by the next statement of every other.
        settings.put(at + ".cache-enabled", "false");
        if (catalog.token() != null) {
            // Sent as it is: Iceberg's own "token" would try to exchange and refresh it with an OAuth server.
            settings.put(at + ".rest.auth.type", "none");
            secrets.put("header.Authorization", "Bearer " + catalog.token());
        }
        if (s3 != null) {
            settings.put(at + ".s3.endpoint", s3.endpoint());
            settings.put(at + ".s3.path-style-access", "true");
            settings.put(at + ".client.region", s3.region());
            secrets.put("s3.access-key-id", s3.accessKey());
            secrets.put("s3.secret-access-key", s3.secretKey());
        }
        SECRETS.put(name, Map.copyOf(secrets));
        return settings;
    }

    @Override
    protected Catalog buildIcebergCatalog(String name, CaseInsensitiveStringMap options) {
        var all = new HashMap<>(options.asCaseSensitiveMap());
        all.putAll(SECRETS.getOrDefault(name, Map.of()));
        all.put("fjord.catalog-name", name);
        return CLIENTS.computeIfAbsent(
                Map.copyOf(all), key -> super.buildIcebergCatalog(name, new CaseInsensitiveStringMap(key)));
    }
}
