package io.fjord.embedded.hive;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the metastore keeps its tables.
 *
 * @param jdbcUrl without user and password
 */
record MetastoreDatabase(String jdbcUrl, String user, String password) {

    boolean isPostgres() {
        return jdbcUrl.startsWith("jdbc:postgresql:");
    }

    /** As JDO wants to be told. */
    Map<String, String> connection() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("javax.jdo.option.ConnectionURL", url());
        settings.put(
                "javax.jdo.option.ConnectionDriverName",
                isPostgres() ? "org.postgresql.Driver" : "org.mariadb.jdbc.Driver");
        settings.put("javax.jdo.option.ConnectionUserName", user);
        settings.put("javax.jdo.option.ConnectionPassword", password);
        return settings;
    }

    /** Hive tells databases apart by the name their driver gives, and knows none that is called MariaDB. */
    private String url() {
        if (isPostgres()) {
            return jdbcUrl + "?connectTimeout=10&socketTimeout=120&tcpKeepAlive=true";
        }
        return jdbcUrl.replaceFirst("^jdbc:mysql:", "jdbc:mariadb:")
                + "?useMysqlMetadata=true&nullDatabaseMeansCurrent=true&allowPublicKeyRetrieval=true&connectTimeout=10000&socketTimeout=120000";
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(url(), user, password);
    }

    @Override
    public String toString() {
        return jdbcUrl;
    }
}
