package io.fjord.platform.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;
import org.mariadb.jdbc.MariaDbDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Brings the tables of one service up to date, over JDBC; blocks. */
final class Migrations {

    private static final String PLATFORM = "io/fjord/platform/sql/migration";

    private final DatabaseUrl url;
    private final String schema;

    Migrations(DatabaseUrl url, String service) {
        this.url = url;
        this.schema = Schemas.of(service);
    }

    void run(String... locations) throws SQLException {
        DataSource source = url.dialect() == Dialect.POSTGRES ? postgres() : maria();
        createSchema(source);
        // Two histories, so that the platform's tables can grow after the service's have.
        migrate(source, "platform_migration", PLATFORM);
        if (locations.length > 0) {
            migrate(source, "migration", locations);
        }
    }

    private void createSchema(DataSource source) throws SQLException {
        String name = url.dialect().quote(schema);
        String sql = switch (url.dialect()) {
            case POSTGRES -> "create schema if not exists " + name;
            // Text compares as on PostgreSQL: by code point, case and trailing blanks counting.
            case MARIADB ->
                "create database if not exists " + name + " character set utf8mb4 collate utf8mb4_nopad_bin";
            case MYSQL -> "create database if not exists " + name + " character set utf8mb4 collate utf8mb4_0900_bin";
        };
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void migrate(DataSource source, String history, String... locations) {
        boolean postgres = url.dialect() == Dialect.POSTGRES;
        Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(source)
                .schemas(schema)
                .createSchemas(false)
                .table(history)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .locations(new String[0])
                .resourceProvider(new Folders(url.dialect(), locations))
                .javaMigrationClassProvider(List::of)
                .placeholders(Map.of(
                        "service", url.dialect().quote(schema),
                        "text", postgres ? "text" : "longtext",
                        "bytes", postgres ? "bytea" : "longblob"))
                .load()
                .migrate();
    }

    private DataSource postgres() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {url.host()});
        source.setPortNumbers(new int[] {url.port()});
        source.setDatabaseName(url.database());
        source.setUser(url.user());
        source.setPassword(url.password());
        source.setApplicationName("fjord migrations");
        source.setSslmode(
                switch (url.tls()) {
                    case DISABLE -> "disable";
                    case REQUIRE -> "require";
                    case VERIFY_FULL -> "verify-full";
                });
        return source;
    }

    private DataSource maria() throws SQLException {
        String tls = switch (url.tls()) {
            case DISABLE -> "disable";
            case REQUIRE -> "trust";
            case VERIFY_FULL -> "verify-full";
        };
        // Public key retrieval: how MySQL 8 takes a password over a connection without TLS.
        MariaDbDataSource source = new MariaDbDataSource("jdbc:mariadb://" + url.host() + ":" + url.port() + "/"
                + url.database() + "?sslMode=" + tls
                + (url.dialect() == Dialect.MYSQL ? "&allowPublicKeyRetrieval=true" : ""));
        source.setUser(url.user());
        source.setPassword(url.password());
        return source;
    }

    /** Flyway's own scanner would read sub-folders of the other dialect too. */
    private static final class Folders implements ResourceProvider {

        private final Map<String, LoadableResource> byName = new TreeMap<>();

        Folders(Dialect dialect, String... locations) {
            for (String location : locations) {
                String folder = location.replaceFirst("^classpath:", "").replaceAll("^/+|/+$", "");
                boolean found = read(folder);
                found |= read(folder + "/" + dialect.folder());
                if (!found) {
                    throw new IllegalArgumentException("No migrations on the class path under " + folder);
                }
            }
        }

        private boolean read(String folder) {
            Map<String, LoadableResource> here = new TreeMap<>();
            boolean found = false;
            try {
                for (URL url :
                        Collections.list(Migrations.class.getClassLoader().getResources(folder))) {
                    found = true;
                    if (url.openConnection() instanceof JarURLConnection connection) {
                        readJar(folder, connection, here);
                    } else {
                        readFolder(folder, Path.of(url.toURI()), here);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (URISyntaxException e) {
                throw new IllegalStateException("The class path holds a folder without a proper URI", e);
            }
            byName.putAll(here);
            return found;
        }

        private static void readJar(String folder, JarURLConnection connection, Map<String, LoadableResource> into)
                throws IOException {
            // A cached file would be shared with class loading, and closed under it.
            connection.setUseCaches(false);
            try (JarFile jar = connection.getJarFile()) {
                for (JarEntry entry : Collections.list(jar.entries())) {
                    String name = entry.getName();
                    if (name.startsWith(folder + "/") && name.indexOf('/', folder.length() + 1) < 0) {
                        try (InputStream content = jar.getInputStream(entry)) {
                            add(folder, name.substring(folder.length() + 1), content.readAllBytes(), into);
                        }
                    }
                }
            }
        }

        private static void readFolder(String folder, Path path, Map<String, LoadableResource> into)
                throws IOException {
            try (Stream<Path> files = Files.list(path)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    add(folder, file.getFileName().toString(), Files.readAllBytes(file), into);
                }
            }
        }

        private static void add(String folder, String name, byte[] sql, Map<String, LoadableResource> into) {
            if (name.endsWith(".sql")
                    && into.put(name, new Script(folder + "/" + name, name, new String(sql, StandardCharsets.UTF_8)))
                            != null) {
                throw new IllegalStateException("Two migrations are called " + folder + "/" + name);
            }
        }

        @Override
        public @Nullable LoadableResource getResource(String name) {
            return byName.get(name.substring(name.lastIndexOf('/') + 1));
        }

        @Override
        public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
            return byName.values().stream()
                    .filter(one -> one.getFilename().startsWith(prefix)
                            && Arrays.stream(suffixes).anyMatch(one.getFilename()::endsWith))
                    .toList();
        }
    }

    private static final class Script extends LoadableResource {

        private final String path;
        private final String name;
        private final String sql;

        Script(String path, String name, String sql) {
            this.path = path;
            this.name = name;
            this.sql = sql;
        }

        @Override
        public Reader read() {
            return new StringReader(sql);
        }

        @Override
        public String getAbsolutePath() {
            return path;
        }

        @Override
        public String getAbsolutePathOnDisk() {
            return path;
        }

        @Override
        public String getFilename() {
            return name;
        }

        @Override
        public String getRelativePath() {
            return path;
        }
    }
}
