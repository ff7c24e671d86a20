package io.fjord.embedded;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a local Fjord is to run, read from {@code FJORD_…} variables; every wrong one is named at once.
 *
 * @param database an address to use instead of a database of our own
 * @param databaseCdc the same database under the role that replicates
 * @param kafka bootstrap servers to use instead of a broker of our own
 * @param s3 an object store to use instead of our own
 * @param identity who says who people are
 * @param hive the metastore of tables that are not Iceberg's
 */
public record Settings(
        Path home,
        int port,
        String services,
        Db db,
        int databasePort,
        int kafkaPort,
        int kafkaControllerPort,
        int s3Port,
        int kafkaHeap,
        int s3Heap,
        int controlPlaneHeap,
        Optional<String> kafka,
        Optional<DatabaseAddress> database,
        Optional<DatabaseAddress> databaseCdc,
        Optional<S3> s3,
        Identity identity,
        Hive hive) {

    /** The database Fjord starts when none is given by address. */
    public enum Db {
        POSTGRES("PostgreSQL", 18432),
        MARIADB("MariaDB", 18306);

        private final String title;
        private final int defaultPort;

        Db(String title, int defaultPort) {
            this.title = title;
            this.defaultPort = defaultPort;
        }

        public String title() {
            return title;
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Db parse(String text) {
            for (var db : values()) {
                if (db.word().equals(text)) {
                    return db;
                }
            }
            throw new IllegalArgumentException("is \"" + text + "\", but must be postgres or mariadb.");
        }
    }

    /** An object store by address. */
    public record S3(String endpoint, String accessKey, String secretKey) {
        @Override
        public String toString() {
            return endpoint;
        }
    }

    /**
     * Who says who people are: a Keycloak of ours, or any OpenID provider by address, or nobody.
     *
     * @param wanted false when a Keycloak of ours is not to run
     * @param database where our Keycloak keeps its own, when the database is not ours
     * @param databaseCdc the same under a role that may replicate
     * @param given the issuer of a provider by address
     * @param keys where that provider publishes its keys, when its discovery document does not say
     * @param audience what must stand as {@code aud} in tokens
     * @param clientId the command line, as the provider knows it
     */
    public record Identity(
            boolean wanted,
            int port,
            int heap,
            Optional<DatabaseAddress> database,
            Optional<DatabaseAddress> databaseCdc,
            Optional<String> given,
            Optional<String> keys,
            String audience,
            String clientId) {

        /** Whether a Keycloak of ours runs, in a Fjord whose database is ours or not. */
        boolean runsKeycloak(boolean ownDatabase) {
            return wanted && given.isEmpty() && (ownDatabase || database.isPresent());
        }
    }

    /**
     * The Hive Metastore, for those who ask for it.
     *
     * @param database where it keeps its own, when the database is not ours
     * @param databaseCdc the same under a role that may replicate
     */
    public record Hive(
            boolean wanted,
            int port,
            int heap,
            Optional<DatabaseAddress> database,
            Optional<DatabaseAddress> databaseCdc) {}

    /** Whether a Hive Metastore of ours runs. */
    public boolean runsHiveMetastore() {
        return hive.wanted && (database.isEmpty() || hive.database.isPresent());
    }

    /** The issuer of the tokens that count; none when nobody can log in. */
    public Optional<String> issuer() {
        return runsKeycloak() ? Optional.of(KeycloakServer.issuer(identity.port)) : identity.given;
    }

    /** Where the issuer publishes its keys, if that is known without asking it. */
    public Optional<String> issuerKeys() {
        return runsKeycloak() ? issuer().map(issuer -> issuer + "/protocol/openid-connect/certs") : identity.keys;
    }

    public boolean runsKeycloak() {
        return identity.runsKeycloak(database.isEmpty());
    }

    static final Setting<Path> HOME = new Setting<>(
            "FJORD_HOME", ".fjord", "The folder for data, logs and secrets; relative to Fjord's own folder.", Path::of);
    static final Setting<Integer> PORT = Setting.port("FJORD_PORT", "8080", "The port of the one door, on 127.0.0.1.");
    static final Setting<String> SERVICES =
            Setting.text("FJORD_SERVICES", "all", "Which services the control plane runs: all, or core,audit,….");
    static final Setting<Db> DB = new Setting<>(
            "FJORD_DB",
            "postgres",
            "The metastore database to start: postgres or mariadb. A home keeps its first.",
            Db::parse);
    static final Setting<Optional<Integer>> DATABASE_PORT = new Setting<>(
            "FJORD_DATABASE_PORT",
            "",
            "The port of the database we start; 18432 for PostgreSQL, 18306 for MariaDB.",
            text -> optional(text).map(Setting.port("", "", "").parser()));
    static final Setting<Integer> KAFKA_PORT =
            Setting.port("FJORD_KAFKA_PORT", "18092", "The port of the Kafka broker we start.");
    static final Setting<Integer> KAFKA_CONTROLLER_PORT =
            Setting.port("FJORD_KAFKA_CONTROLLER_PORT", "18093", "The port of its controller.");
    static final Setting<Integer> S3_PORT =
            Setting.port("FJORD_S3_PORT", "18333", "The port of the object store we start.");
    static final Setting<Integer> KAFKA_HEAP =
            Setting.megabytes("FJORD_KAFKA_HEAP", "256", "Heap of the broker in MiB.");
    static final Setting<Integer> S3_HEAP =
            Setting.megabytes("FJORD_S3_HEAP", "128", "Heap of the object store in MiB.");
    static final Setting<Integer> CONTROL_PLANE_HEAP =
            Setting.megabytes("FJORD_CONTROL_PLANE_HEAP", "256", "Heap of the control plane in MiB.");
    static final Setting<Optional<String>> KAFKA = new Setting<>(
            "FJORD_KAFKA", "", "A Kafka of yours instead of ours: host:port,host:port.", Settings::bootstrapServers);
    static final Setting<Optional<DatabaseAddress>> DATABASE = new Setting<>(
            "FJORD_DATABASE",
            "",
            "A database of yours instead of ours: postgresql://user:password@host:port/database, or mariadb, or mysql.",
            Settings::databaseAddress);
    static final Setting<Optional<DatabaseAddress>> DATABASE_CDC = new Setting<>(
            "FJORD_DATABASE_CDC",
            "",
            "The same database under a role that may replicate; FJORD_DATABASE when not set.",
            Settings::databaseAddress);
    static final Setting<Optional<String>> S3_ENDPOINT =
            new Setting<>("FJORD_S3", "", "An S3 of yours instead of ours: http://host:port.", Settings::endpoint);
    static final Setting<String> S3_ACCESS_KEY = Setting.text("FJORD_S3_ACCESS_KEY", "", "The access key of that S3.");
    static final Setting<String> S3_SECRET_KEY = Setting.text("FJORD_S3_SECRET_KEY", "", "The secret key of that S3.");

    static final Setting<Set<String>> WITHOUT = new Setting<>(
            "FJORD_WITHOUT", "", "What not to start: keycloak, when nobody is to log in.", Settings::without);
    static final Setting<Set<String>> WITH = new Setting<>(
            "FJORD_WITH",
            "",
            "What to start besides: hive-metastore, for Parquet, CSV, JSON and Hive tables.",
            Settings::with);
    static final Setting<Integer> HIVE_METASTORE_PORT =
            Setting.port("FJORD_HIVE_METASTORE_PORT", "18983", "The port of the Hive Metastore we start.");
    static final Setting<Integer> HIVE_METASTORE_HEAP =
            Setting.megabytes("FJORD_HIVE_METASTORE_HEAP", "160", "Heap of the Hive Metastore in MiB.");
    static final Setting<Optional<DatabaseAddress>> HIVE_DATABASE = new Setting<>(
            "FJORD_HIVE_DATABASE",
            "",
            "A database for our Hive Metastore alone; needed only beside FJORD_DATABASE, else it does not start.",
            Settings::databaseAddress);
    static final Setting<Optional<DatabaseAddress>> HIVE_DATABASE_CDC = new Setting<>(
            "FJORD_HIVE_DATABASE_CDC",
            "",
            "The same under a role that may replicate; without it its tables are not in the catalog.",
            Settings::databaseAddress);
    static final Setting<Optional<String>> OIDC_ISSUER = new Setting<>(
            "FJORD_OIDC_ISSUER",
            "",
            "An OpenID provider of yours instead of our Keycloak: the issuer as it stands in its tokens.",
            Settings::endpoint);
    static final Setting<Optional<String>> OIDC_KEYS = new Setting<>(
            "FJORD_OIDC_KEYS",
            "",
            "Where that provider publishes its keys (JWKS); its discovery document says it when not set.",
            Settings::endpoint);
    static final Setting<String> OIDC_AUDIENCE =
            Setting.text("FJORD_OIDC_AUDIENCE", "fjord", "What must stand as audience in tokens.");
    static final Setting<String> OIDC_CLIENT_ID =
            Setting.text("FJORD_OIDC_CLIENT_ID", "fjord-cli", "The client `fjord login` is, with the device flow.");
    static final Setting<Integer> KEYCLOAK_PORT =
            Setting.port("FJORD_KEYCLOAK_PORT", "18180", "The port of the Keycloak we start.");
    static final Setting<Integer> KEYCLOAK_HEAP =
            Setting.megabytes("FJORD_KEYCLOAK_HEAP", "256", "Heap of Keycloak in MiB.");
    static final Setting<Optional<DatabaseAddress>> KEYCLOAK_DATABASE = new Setting<>(
            "FJORD_KEYCLOAK_DATABASE",
            "",
            "A database for our Keycloak alone; needed only beside FJORD_DATABASE, else it does not start.",
            Settings::databaseAddress);

    static final Setting<Optional<DatabaseAddress>> KEYCLOAK_DATABASE_CDC = new Setting<>(
            "FJORD_KEYCLOAK_DATABASE_CDC",
            "",
            "The same under a role that may replicate; without it logins are not in the record.",
            Settings::databaseAddress);

    /** All of them, in the order a reader wants. */
    public static final List<Setting<?>> ALL = List.of(
            HOME,
            PORT,
            SERVICES,
            DB,
            KAFKA,
            DATABASE,
            DATABASE_CDC,
            S3_ENDPOINT,
            S3_ACCESS_KEY,
            S3_SECRET_KEY,
            WITH,
            WITHOUT,
            OIDC_ISSUER,
            OIDC_KEYS,
            OIDC_AUDIENCE,
            OIDC_CLIENT_ID,
            KEYCLOAK_DATABASE,
            KEYCLOAK_DATABASE_CDC,
            HIVE_DATABASE,
            HIVE_DATABASE_CDC,
            KAFKA_PORT,
            KAFKA_CONTROLLER_PORT,
            DATABASE_PORT,
            S3_PORT,
            KEYCLOAK_PORT,
            HIVE_METASTORE_PORT,
            KAFKA_HEAP,
            S3_HEAP,
            KEYCLOAK_HEAP,
            HIVE_METASTORE_HEAP,
            CONTROL_PLANE_HEAP);

    /**
     * Reads them.
     *
     * @throws IllegalArgumentException with a line for each that is wrong
     */
    public static Settings read(Map<String, String> environment, Path root) {
        var reader = new Reader(environment, new ArrayList<>());
        var home = root.resolve(reader.value(HOME, Path.of(".fjord")));
        var db = reader.value(DB, Db.POSTGRES);
        var database = reader.value(DATABASE, Optional.<DatabaseAddress>empty());
        var endpoint = reader.value(S3_ENDPOINT, Optional.<String>empty());
        var accessKey = reader.value(S3_ACCESS_KEY, "");
        var secretKey = reader.value(S3_SECRET_KEY, "");
        if (endpoint.isPresent() && (accessKey.isEmpty() || secretKey.isEmpty())) {
            reader.faults.add("FJORD_S3 needs FJORD_S3_ACCESS_KEY and FJORD_S3_SECRET_KEY beside it.");
        }
        var settings = new Settings(
                home.toAbsolutePath().normalize(),
                reader.value(PORT, 0),
                reader.value(SERVICES, "all"),
                db,
                reader.value(DATABASE_PORT, Optional.<Integer>empty()).orElse(db.defaultPort),
                reader.value(KAFKA_PORT, 0),
                reader.value(KAFKA_CONTROLLER_PORT, 0),
                reader.value(S3_PORT, 0),
                reader.value(KAFKA_HEAP, 0),
                reader.value(S3_HEAP, 0),
                reader.value(CONTROL_PLANE_HEAP, 0),
                reader.value(KAFKA, Optional.<String>empty()),
                database,
                reader.value(DATABASE_CDC, Optional.<DatabaseAddress>empty()).or(() -> database),
                endpoint.map(address -> new S3(address, accessKey, secretKey)),
                new Identity(
                        !reader.value(WITHOUT, Set.<String>of()).contains(KeycloakServer.NAME),
                        reader.value(KEYCLOAK_PORT, 0),
                        reader.value(KEYCLOAK_HEAP, 0),
                        reader.value(KEYCLOAK_DATABASE, Optional.<DatabaseAddress>empty()),
                        reader.value(KEYCLOAK_DATABASE_CDC, Optional.<DatabaseAddress>empty()),
                        reader.value(OIDC_ISSUER, Optional.<String>empty()),
                        reader.value(OIDC_KEYS, Optional.<String>empty()),
                        reader.value(OIDC_AUDIENCE, "fjord"),
                        reader.value(OIDC_CLIENT_ID, "fjord-cli")),
                new Hive(
                        reader.value(WITH, Set.<String>of()).contains(HiveMetastoreServer.NAME),
                        reader.value(HIVE_METASTORE_PORT, 0),
                        reader.value(HIVE_METASTORE_HEAP, 0),
                        reader.value(HIVE_DATABASE, Optional.<DatabaseAddress>empty()),
                        reader.value(HIVE_DATABASE_CDC, Optional.<DatabaseAddress>empty())));
        if (!reader.faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", reader.faults));
        }
        return settings;
    }

    private record Reader(Map<String, String> environment, List<String> faults) {

        /** What is set; after a fault, something of the right type so that reading goes on to the next fault. */
        <T> T value(Setting<T> setting, T afterFault) {
            var given = environment.getOrDefault(setting.name(), "").strip();
            try {
                return setting.parser().apply(given.isEmpty() ? setting.defaultText() : given);
            } catch (IllegalArgumentException e) {
                faults.add(setting.name() + " " + e.getMessage());
                return afterFault;
            }
        }
    }

    private static Optional<String> optional(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    private static Set<String> without(String text) {
        return names(text, KeycloakServer.NAME, "can be left out");
    }

    private static Set<String> with(String text) {
        return names(text, HiveMetastoreServer.NAME, "can be started besides");
    }

    private static Set<String> names(String text, String only, String what) {
        var names = new TreeSet<String>();
        for (var name : text.split("[,\\s]+")) {
            if (!name.isEmpty() && !name.equals(only)) {
                throw new IllegalArgumentException("names \"" + name + "\", but only " + only + " " + what + ".");
            }
            names.add(name);
        }
        return names;
    }

    private static Optional<String> bootstrapServers(String text) {
        if (!text.isEmpty() && !text.matches("[^\\s,:]+:\\d{1,5}(,[^\\s,:]+:\\d{1,5})*")) {
            throw new IllegalArgumentException("is \"" + text + "\", but must read host:port or host:port,host:port.");
        }
        return optional(text);
    }

    private static Optional<DatabaseAddress> databaseAddress(String text) {
        try {
            return optional(text).map(DatabaseAddress::parse);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("cannot be read. " + e.getMessage(), e);
        }
    }

    private static Optional<String> endpoint(String text) {
        if (!text.isEmpty()) {
            try {
                var uri = URI.create(text);
                if (!List.of("http", "https").contains(String.valueOf(uri.getScheme())) || uri.getHost() == null) {
                    throw new IllegalArgumentException("no address");
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("is \"" + text + "\", but must read http://host:port.", e);
            }
        }
        return optional(text);
    }
}
