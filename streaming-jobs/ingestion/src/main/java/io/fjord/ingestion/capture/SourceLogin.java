package io.fjord.ingestion.capture;

import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.contract.core.pipeline.DatabaseTls;
import io.fjord.ingestion.CannotGoOn;
import java.io.IOException;
import java.net.InetAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** How a source database is reached, by JDBC and by Debezium. */
final class SourceLogin {

    /** Rather than those in a file at home. */
    private static final String JAVAS_AUTHORITIES = "org.postgresql.ssl.DefaultJavaSSLFactory";

    private final DatabaseSource source;
    private final String password;
    private final String host;

    private SourceLogin(DatabaseSource source, String password, String host) {
        this.source = source;
        this.password = password;
        this.host = host;
    }

    static SourceLogin of(DatabaseSource source, String password, Reach reach) throws CannotGoOn, IOException {
        InetAddress address = reach.address(source.host());
        // A certificate is that of a name; it also makes sure that the name means what it says.
        boolean byName = source.tlsOrDefault() == DatabaseTls.VERIFY_FULL;
        return new SourceLogin(source, password, byName ? source.host() : address.getHostAddress());
    }

    private boolean postgres() {
        return source.kind() == DatabaseKind.POSTGRESQL;
    }

    Connection connect() throws CannotGoOn, IOException {
        Properties login = new Properties();
        login.setProperty("user", source.user());
        login.setProperty("password", password);
        DatabaseTls tls = source.tlsOrDefault();
        if (postgres()) {
            login.setProperty("ApplicationName", "fjord-pipeline");
            login.setProperty("connectTimeout", "10");
            login.setProperty("loginTimeout", "15");
            login.setProperty("socketTimeout", "60");
            login.setProperty("tcpKeepAlive", "true");
            login.setProperty("sslmode", postgresTls(tls));
            if (tls == DatabaseTls.VERIFY_FULL) {
                login.setProperty("sslfactory", JAVAS_AUTHORITIES);
            }
        } else {
            login.setProperty("connectTimeout", "10000");
            login.setProperty("socketTimeout", "60000");
            login.setProperty("tcpKeepAlive", "true");
            login.setProperty("allowPublicKeyRetrieval", "true");
            login.setProperty("allowLocalInfile", "false");
            login.setProperty("sslMode", mariadbTls(tls));
        }
        String at = host.contains(":") ? "[" + host + "]" : host;
        try {
            return DriverManager.getConnection(
                    "jdbc:" + (postgres() ? "postgresql" : "mariadb") + "://" + at + ":" + source.portOrDefault() + "/"
                            + source.database(),
                    login);
        } catch (SQLException e) {
            throw refused(e);
        }
    }

    private static String postgresTls(DatabaseTls tls) {
        return switch (tls) {
            case DISABLE -> "disable";
            case REQUIRE -> "require";
            case VERIFY_FULL -> "verify-full";
        };
    }

    private static String mariadbTls(DatabaseTls tls) {
        return switch (tls) {
            case DISABLE -> "disable";
            case REQUIRE -> "trust";
            case VERIFY_FULL -> "verify-full";
        };
    }

    private IOException refused(SQLException e) throws CannotGoOn {
        String state = String.valueOf(e.getSQLState());
        if (state.startsWith("28")) {
            throw new CannotGoOn("The database refuses the user '" + source.user()
                    + "': wrong password, or no right to connect from here. Rotate the secret '"
                    + source.password().secret() + "' or grant the right, then start the pipeline.");
        }
        if (state.equals("3D000") || e.getErrorCode() == 1049 || e.getErrorCode() == 1044) {
            throw new CannotGoOn("There is no database '" + source.database() + "' that the user '" + source.user()
                    + "' may use at " + source.host() + ".");
        }
        return new IOException(
                "The database at " + source.host() + ":" + source.portOrDefault() + " cannot be reached: "
                        + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }

    /** What is the same for every source. */
    Properties engine() {
        Properties engine = new Properties();
        engine.setProperty("database.hostname", host);
        engine.setProperty("database.port", Integer.toString(source.portOrDefault()));
        engine.setProperty("database.user", source.user());
        engine.setProperty("database.password", password);
        engine.setProperty("table.include.list", source.schema() + "\\." + source.table());
        DatabaseTls tls = source.tlsOrDefault();
        if (postgres()) {
            engine.setProperty("database.sslmode", postgresTls(tls));
            if (tls == DatabaseTls.VERIFY_FULL) {
                engine.setProperty("database.sslfactory", JAVAS_AUTHORITIES);
            }
        } else if (source.kind() == DatabaseKind.MARIADB) {
            engine.setProperty("database.ssl.mode", mariadbTls(tls));
            // No server is to ask for files of this machine.
            engine.setProperty("driver.allowLocalInfile", "false");
        } else {
            engine.setProperty(
                    "database.ssl.mode",
                    switch (tls) {
                        case DISABLE -> "disabled";
                        case REQUIRE -> "required";
                        case VERIFY_FULL -> "verify_identity";
                    });
        }
        return engine;
    }

    /** The first column of each row, as text. */
    static List<String> texts(Connection connection, String query, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            List<String> all = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    all.add(String.valueOf(rows.getString(1)));
                }
            }
            return all;
        }
    }

    @Override
    public String toString() {
        return "SourceLogin[" + source.user() + "@" + source.host() + "]";
    }
}
