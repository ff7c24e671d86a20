package io.fjord.embedded.hive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.metastore.ObjectStore;
import org.datanucleus.api.jdo.JDOPersistenceManagerFactory;
import org.datanucleus.store.schema.SchemaAwareStoreManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metastore's tables, all of them before the first call: those of the object mapping as it writes them itself, those
 * for locks and transactions, of which it knows nothing, from our own statements.
 */
final class MetastoreSchema {

    private static final Logger log = LoggerFactory.getLogger(MetastoreSchema.class);
    private static final String MODEL = "org.apache.hadoop.hive.metastore.model.";
    private static final Pattern CLASS = Pattern.compile("<class\\s+name=\"(\\w+)\"");

    private MetastoreSchema() {}

    /** Makes what is missing; does nothing at every later start. */
    static void make(MetastoreDatabase database, HiveConf conf) throws SQLException, IOException {
        if (isMade(database)) {
            return;
        }
        log.atInfo().log("Making the metastore's tables");
        run(database, "before");
        makeMapped(conf);
        run(database, "after");
    }

    /** The version is written last. */
    private static boolean isMade(MetastoreDatabase database) throws SQLException {
        try (Connection connection = database.connect();
                ResultSet tables = connection
                        .getMetaData()
                        .getTables(connection.getCatalog(), null, "FJORD_SCHEMA", new String[] {"TABLE"})) {
            return tables.next();
        }
    }

    private static void makeMapped(HiveConf conf) throws IOException {
        Map<String, Object> settings = new HashMap<>();
        for (Map.Entry<String, String> one : conf) {
            if (one.getKey().startsWith("datanucleus.") || one.getKey().startsWith("javax.jdo.")) {
                settings.put(one.getKey(), conf.get(one.getKey()));
            }
        }
        settings.put("datanucleus.connectionPoolingType", "None");
        settings.put("datanucleus.schema.autoCreateAll", "true");
        JDOPersistenceManagerFactory factory =
                (JDOPersistenceManagerFactory) JDOPersistenceManagerFactory.getPersistenceManagerFactory(settings);
        try {
            ((SchemaAwareStoreManager) factory.getNucleusContext().getStoreManager())
                    .createSchemaForClasses(mapped(), new Properties());
        } finally {
            factory.close();
        }
    }

    /** The classes of the mapping file in Hive's jar. */
    private static Set<String> mapped() throws IOException {
        return CLASS.matcher(resource(ObjectStore.class, "/package.jdo"))
                .results()
                .map(match -> MODEL + match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void run(MetastoreDatabase database, String step) throws SQLException, IOException {
        String script = resource(
                MetastoreSchema.class,
                "/hive/" + (database.isPostgres() ? "postgresql" : "mariadb") + "-" + step + ".sql");
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (String one : script.replaceAll("(?m)^--.*$", "").split(";")) {
                if (!one.isBlank()) {
                    statement.execute(one.strip());
                }
            }
        }
    }

    private static String resource(Class<?> from, String name) throws IOException {
        try (InputStream stream = from.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IOException(name + " is missing from the class path");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
