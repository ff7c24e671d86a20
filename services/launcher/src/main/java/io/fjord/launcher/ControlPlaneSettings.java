package io.fjord.launcher;

import io.fjord.audit.AuditConfig;
import io.fjord.audit.log.NoteKey;
import io.fjord.catalog.explorer.SensitiveClassifications;
import io.fjord.contract.Address;
import io.fjord.contract.Networks;
import io.fjord.core.secret.SecretStores;
import io.fjord.platform.http.ClientAddress;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.webhooks.WebhooksConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the control plane is told by its environment; what is wrong is named all at once.
 *
 * @param home folder for what the services keep on disk
 * @param host where to listen
 * @param port of the gateway, or of the one service
 * @param commandBatch most commands decided in one transaction
 * @param gateway base address of the API as services reach it
 * @param ingestionClassPath of the driver of pipelines; blank where none are run
 * @param ingestionSparkClassPath of the one of those on Spark
 * @param oidcIssuer whose tokens count; blank when nobody can log in
 * @param oidcAudience what they must name as audience
 * @param oidcKeys where the issuer publishes its keys; blank when its discovery document is to be asked
 * @param keycloak base address of the Keycloak that is ours to manage; blank when there is none
 * @param keycloakSecret what the client {@code fjord-platform} proves itself with there
 * @param keycloakDatabaseCdc Keycloak's database as the capture role; blank when what it writes down is not wanted
 * @param hiveMetastore {@code thrift://host:port} of a Hive Metastore that clusters use; blank for none
 * @param hiveWarehouse the folder of its tables
 * @param hiveDatabaseCdc its database as the capture role; blank when its tables are not to be in the catalog
 * @param door the gateway's own
 * @param opa an Open Policy Agent that decides commands too, and evaluates guardrails in Rego; blank for none
 * @param trustedProxies in front of the gateway, whose {@code X-Forwarded-For} is believed (RFC 4632)
 * @param auditLog name of the tamper-evident log, {@code lake.example.org/audit}
 * @param auditWitnesses whose cosignatures are taken under it, as their keys for notes
 * @param auditLake the pipeline that writes the record into a table, and how often the two are compared
 * @param secretStores where secrets may be kept beside here
 * @param egress where webhooks may go beside the internet
 * @param addresses where services run that are not in this process, by service
 */
record ControlPlaneSettings(
        Set<String> services,
        Path home,
        String host,
        int port,
        String kafka,
        int commandBatch,
        String database,
        String databaseCdc,
        String s3,
        String s3AccessKey,
        String s3SecretKey,
        boolean s3KnowsDerivedKeys,
        Path tokenFile,
        String token,
        byte[] masterKey,
        String gateway,
        String runtimeClassPath,
        String ingestionClassPath,
        String ingestionSparkClassPath,
        String oidcIssuer,
        String oidcAudience,
        String oidcKeys,
        String keycloak,
        String keycloakSecret,
        String keycloakDatabaseCdc,
        String hiveMetastore,
        String hiveWarehouse,
        String hiveDatabaseCdc,
        GatewaySettings door,
        String opa,
        List<String> trustedProxies,
        String auditLog,
        List<String> auditWitnesses,
        AuditConfig.Lake auditLake,
        SecretStores secretStores,
        WebhooksConfig.Egress egress,
        List<String> sourceNetworks,
        Set<String> sensitiveClassifications,
        Map<String, String> addresses) {

    /** Wrong settings, each with what to do. */
    static final class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Wrong(List<String> faults) {
            super("The control plane cannot start:\n  - " + String.join("\n  - ", faults), null, false, false);
        }
    }

    @Override
    public String toString() {
        return "ControlPlaneSettings[" + services + " on " + host + ":" + port + "]";
    }

    static ControlPlaneSettings of(String services, Map<String, String> environment) {
        return new Reader(environment).read(services);
    }

    private static final class Reader {

        private final Map<String, String> environment;
        private final List<String> faults = new ArrayList<>();

        Reader(Map<String, String> environment) {
            this.environment = environment;
        }

        ControlPlaneSettings read(String named) {
            Set<String> services = services(named);
            boolean operator = services.contains("spark-operator");
            boolean store = services.contains("catalog") || services.contains("audit") || operator;
            int port = number("FJORD_PORT", 8080);
            String host = environment.getOrDefault("FJORD_HOST", "127.0.0.1");
            Map<String, String> addresses = new java.util.TreeMap<>();
            for (String service : ControlPlane.SERVICES) {
                String address = environment.get("FJORD_SERVICE_"
                        + service.toUpperCase(java.util.Locale.ROOT).replace('-', '_'));
                if (address != null) {
                    addresses.put(service, address);
                }
            }
            if (services.size() > 1 && !services.contains("gateway")) {
                faults.add("--services: several services in one process need the gateway beside them; name one, or add"
                        + " gateway");
            }
            ControlPlaneSettings settings = new ControlPlaneSettings(
                    services,
                    Path.of(text("FJORD_HOME", true, "a folder for what services keep on disk")),
                    host,
                    port,
                    text("FJORD_KAFKA", true, "bootstrap servers, host:port"),
                    commandBatch(),
                    text("FJORD_DATABASE", !services.equals(Set.of("gateway")), "postgresql:// or mariadb:// address"),
                    environment.getOrDefault("FJORD_DATABASE_CDC", environment.getOrDefault("FJORD_DATABASE", "")),
                    text("FJORD_S3", store, "address of the object store"),
                    text("FJORD_S3_ACCESS_KEY", store, "access key of the object store"),
                    text("FJORD_S3_SECRET_KEY", store, "secret key of the object store"),
                    Boolean.parseBoolean(environment.get("FJORD_S3_DERIVED_KEYS")),
                    Path.of(environment.getOrDefault("FJORD_TOKEN_FILE", "")),
                    file("FJORD_TOKEN_FILE", "the operator token"),
                    masterKey(),
                    environment.getOrDefault("FJORD_GATEWAY", "http://127.0.0.1:" + port),
                    operator ? runtimeClassPath() : "",
                    operator ? ingestionClassPath("FJORD_INGESTION_CLASS_PATH_FILE") : "",
                    operator ? ingestionClassPath("FJORD_INGESTION_SPARK_CLASS_PATH_FILE") : "",
                    issuer(),
                    environment.getOrDefault("FJORD_OIDC_AUDIENCE", "fjord"),
                    environment.getOrDefault("FJORD_OIDC_KEYS", ""),
                    environment.getOrDefault("FJORD_KEYCLOAK", ""),
                    environment.getOrDefault("FJORD_KEYCLOAK", "").isBlank()
                            ? ""
                            : file("FJORD_KEYCLOAK_SECRET_FILE", "the secret of Keycloak's client fjord-platform"),
                    environment.getOrDefault("FJORD_KEYCLOAK_DATABASE_CDC", ""),
                    environment.getOrDefault("FJORD_HIVE_METASTORE", ""),
                    text(
                            "FJORD_HIVE_WAREHOUSE",
                            operator
                                    && !environment
                                            .getOrDefault("FJORD_HIVE_METASTORE", "")
                                            .isBlank(),
                            "the folder of the Hive Metastore's tables"),
                    environment.getOrDefault("FJORD_HIVE_DATABASE_CDC", ""),
                    GatewaySettings.of(environment, port, faults),
                    environment.getOrDefault("FJORD_OPA", ""),
                    trustedProxies(),
                    auditLog(),
                    auditWitnesses(),
                    auditLake(),
                    SecretStores.of(environment, faults),
                    egress(),
                    networks("FJORD_SOURCES_NETWORKS"),
                    sensitiveClassifications(),
                    addresses);
            if (!faults.isEmpty()) {
                throw new Wrong(faults);
            }
            return settings;
        }

        private Set<String> services(String named) {
            if (named.equals("all")) {
                return ControlPlane.SERVICES;
            }
            Set<String> services = new LinkedHashSet<>(List.of(named.split(",")));
            Set<String> unknown = new TreeSet<>(services);
            unknown.removeAll(ControlPlane.SERVICES);
            if (!unknown.isEmpty()) {
                faults.add("--services: there is no service " + String.join(", ", unknown) + "; there are "
                        + String.join(", ", ControlPlane.SERVICES) + ", or all");
            }
            return services;
        }

        private String text(String name, boolean needed, String what) {
            String value = environment.getOrDefault(name, "");
            if (value.isBlank() && needed) {
                faults.add(name + " is not set: " + what);
            }
            return value;
        }

        private int number(String name, int otherwise) {
            String value = environment.get(name);
            try {
                return value == null ? otherwise : Integer.parseInt(value);
            } catch (NumberFormatException e) {
                faults.add(name + " must be a port number, not '" + value + "'");
                return otherwise;
            }
        }

        private int commandBatch() {
            String value = environment.getOrDefault("FJORD_COMMAND_BATCH", "");
            if (value.isBlank()) {
                return KafkaConfig.COMMAND_BATCH;
            }
            if (value.matches("[1-9][0-9]{0,4}")) {
                return Integer.parseInt(value);
            }
            faults.add("FJORD_COMMAND_BATCH must be how many commands are decided in one transaction at most, not '"
                    + value + "'");
            return KafkaConfig.COMMAND_BATCH;
        }

        /** As it stands in the tokens, which is compared letter by letter. */
        private String issuer() {
            String issuer = environment.getOrDefault("FJORD_OIDC_ISSUER", "").strip();
            if (!issuer.isEmpty() && !issuer.matches("https?://[^\\s?#]+")) {
                faults.add("FJORD_OIDC_ISSUER must be an address, https://host/path, not '" + issuer + "'");
            }
            return issuer;
        }

        private List<String> trustedProxies() {
            String value = environment.getOrDefault("FJORD_TRUSTED_PROXIES", "").strip();
            if (value.isEmpty()) {
                return List.of();
            }
            List<String> proxies = List.of(value.split("\\s*,\\s*"));
            try {
                ClientAddress.behind(proxies);
                return proxies;
            } catch (IllegalArgumentException e) {
                faults.add("FJORD_TRUSTED_PROXIES must be addresses or networks, 10.0.0.0/8, separated by commas, not '"
                        + value + "'");
                return List.of();
            }
        }

        private WebhooksConfig.Egress egress() {
            return new WebhooksConfig.Egress(
                    Boolean.parseBoolean(environment.get("FJORD_WEBHOOKS_HTTP")), networks("FJORD_WEBHOOKS_NETWORKS"));
        }

        private List<String> networks(String setting) {
            String value = environment.getOrDefault(setting, "").strip();
            List<String> networks = value.isEmpty() ? List.of() : List.of(value.split("\\s*,\\s*"));
            try {
                Networks unused = Networks.ofTheInternet(networks);
            } catch (IllegalArgumentException e) {
                faults.add(setting + " must be networks, 10.0.0.0/8, separated by commas, not '" + value + "'");
            }
            return networks;
        }

        private Set<String> sensitiveClassifications() {
            String value = environment
                    .getOrDefault("FJORD_SENSITIVE_CLASSIFICATIONS", "")
                    .strip();
            if (value.isEmpty()) {
                return SensitiveClassifications.DEFAULT.names();
            }
            Set<String> names = new TreeSet<>(List.of(value.split("\\s*,\\s*")));
            names.stream()
                    .filter(name -> !name.matches("[a-z0-9.-]{1,127}"))
                    .forEach(name -> faults.add("FJORD_SENSITIVE_CLASSIFICATIONS must be names of classifications,"
                            + " pii,confidential, separated by commas; '" + name + "' is none"));
            return names;
        }

        /** It stands in signed notes, where blanks and + part things. */
        private String auditLog() {
            String name = environment.getOrDefault("FJORD_AUDIT_LOG", "").strip();
            if (name.isEmpty()) {
                return "fjord/audit";
            }
            if (!name.matches("[A-Za-z0-9._/-]{1,150}")) {
                faults.add(
                        "FJORD_AUDIT_LOG must be a name like lake.example.org/audit, of letters, digits, and ._/- , not '"
                                + name + "'");
            }
            return name;
        }

        private AuditConfig.Lake auditLake() {
            String name = environment
                    .getOrDefault("FJORD_AUDIT_LAKE", "default/audit-lake")
                    .strip();
            String every =
                    environment.getOrDefault("FJORD_AUDIT_LAKE_EVERY", "P1D").strip();
            String[] parts = name.split("/", -1);
            if (parts.length != 2
                    || !Address.NAME.matcher(parts[0]).matches()
                    || !Address.NAME.matcher(parts[1]).matches()) {
                faults.add("FJORD_AUDIT_LAKE must be the domain and the name of a pipeline, default/audit-lake, not '"
                        + name + "'");
                parts = new String[] {"default", "audit-lake"};
            }
            Duration turn = Duration.ofDays(1);
            try {
                turn = Duration.parse(every);
            } catch (DateTimeParseException e) {
                faults.add("FJORD_AUDIT_LAKE_EVERY must be a duration, P1D or PT1H, not '" + every + "'");
            }
            return new AuditConfig.Lake(new Address(parts[0], "pipeline", parts[1]), turn);
        }

        private List<String> auditWitnesses() {
            String value = environment.getOrDefault("FJORD_AUDIT_WITNESSES", "").strip();
            List<String> witnesses = value.isEmpty() ? List.of() : List.of(value.split("[\\s,]+"));
            for (String witness : witnesses) {
                try {
                    if (!NoteKey.parse(witness).cosigns()) {
                        faults.add("FJORD_AUDIT_WITNESSES: " + witness
                                + " is no witness's key, it signs notes of its own");
                    }
                } catch (IllegalArgumentException e) {
                    faults.add("FJORD_AUDIT_WITNESSES: " + e.getMessage());
                }
            }
            return witnesses;
        }

        private String file(String name, String what) {
            String path = text(name, true, "file that holds " + what);
            if (path.isBlank()) {
                return "";
            }
            try {
                return Files.readString(Path.of(path)).strip();
            } catch (IOException e) {
                faults.add(name + ": the file " + path + " cannot be read; it should hold " + what);
                return "";
            }
        }

        private byte[] masterKey() {
            String key = file("FJORD_MASTER_KEY_FILE", "32 random bytes in base64, the key of the vault");
            try {
                byte[] bytes = Base64.getDecoder().decode(key);
                if (bytes.length == 32 || key.isEmpty()) {
                    return bytes;
                }
            } catch (IllegalArgumentException e) {
                // told below
            }
            faults.add("FJORD_MASTER_KEY_FILE must hold 32 bytes in base64");
            return new byte[0];
        }

        /** Blank where pipelines are not run. */
        private String ingestionClassPath(String setting) {
            return environment.getOrDefault(setting, "").isBlank()
                    ? ""
                    : file(setting, "the class path of a driver of pipelines");
        }

        private String runtimeClassPath() {
            String classes = environment.getOrDefault("FJORD_RUNTIME_CLASSES", "");
            String libraries = file("FJORD_RUNTIME_CLASS_PATH_FILE", "the class path of the cluster runtime");
            return classes.isEmpty() ? libraries : classes + java.io.File.pathSeparator + libraries;
        }
    }
}
