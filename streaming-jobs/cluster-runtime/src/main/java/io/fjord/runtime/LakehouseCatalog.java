package io.fjord.runtime;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.SessionCatalog.SessionContext;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.ViewCatalog;
import org.apache.iceberg.rest.RESTSessionCatalog;
import org.apache.iceberg.spark.SparkCatalog;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;

/**
 * An Iceberg REST catalog in Spark that is asked as the owner of the session, and whose keys are not in Spark's configuration.
 *
 * <p>Every session may read and change the configuration, so the object store's keys stay here, in the process, together with
 * the addresses that tokens may be sent to. And every session builds its own catalog: they share one client underneath, or
 * each would open connections and ask for the catalog's configuration again; what differs is the token, see {@link
 * CatalogTokens}. It is built at first use, so a driver starts while the catalog is away.
 */
public final class LakehouseCatalog extends SparkCatalog {

    private static final Map<String, Map<String, String>> PROPERTIES = new ConcurrentHashMap<>();
    private static final Map<String, RESTSessionCatalog> CLIENTS = new ConcurrentHashMap<>();

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
        // Where a name without a namespace is looked for, as JDBC's clients say themselves.
        settings.put(at + ".default-namespace", "default");
        // A commit made through one session must be seen by the next statement of every other.
        settings.put(at + ".cache-enabled", "false");
        if (s3 != null) {
            settings.put(at + ".s3.endpoint", s3.endpoint());
            settings.put(at + ".s3.path-style-access", "true");
            settings.put(at + ".client.region", s3.region());
        }
        return settings;
    }

    /** Puts a catalog's keys aside, with all that the platform set for it: what a session sets later is not asked. */
    static void keep(String name, DriverConfig.@Nullable ObjectStore s3, Map<String, String> sparkConf) {
        var properties = new HashMap<String, String>();
        var prefix = key(name) + ".";
        sparkConf.forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                properties.put(key.substring(prefix.length()), value);
            }
        });
        properties.putAll(CatalogTokens.properties());
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
        var owner = SessionOwner.current();
        if (owner == null) {
            throw new IllegalStateException("The catalog '" + name + "' is asked on behalf of nobody.");
        }
        var client = CLIENTS.computeIfAbsent(name, LakehouseCatalog::client);
        return as(owner, client);
    }

    private static RESTSessionCatalog client(String name) {
        var properties = PROPERTIES.get(name);
        if (properties == null) {
            throw new IllegalArgumentException("The cluster has no catalog '" + name + "'.");
        }
        var client = new RESTSessionCatalog();
        client.setConf(SparkSession.active().sparkContext().hadoopConfiguration());
        client.initialize(name, properties);
        return client;
    }

    /** The catalog as its owner sees it: whatever thread asks, it is asked with the owner's newest token. */
    private static Catalog as(SessionOwner owner, RESTSessionCatalog client) {
        var context = new SessionContext(UUID.randomUUID().toString(), owner.actor(), Map.of(), Map.of(), owner);
        var tables = client.asCatalog(context);
        var views = client.asViewCatalog(context);
        return (Catalog) Proxy.newProxyInstance(
                LakehouseCatalog.class.getClassLoader(),
                new Class<?>[] {Catalog.class, SupportsNamespaces.class, ViewCatalog.class},
                (proxy, method, arguments) -> {
                    try {
                        return method.invoke(
                                method.getDeclaringClass() == ViewCatalog.class ? views : tables, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                });
    }
}
