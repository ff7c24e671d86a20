package io.fjord.embedded;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Fjord's own JVM: the services, told by their environment where the servers are. */
final class ControlPlaneProcess extends ServerProcess {

    /** Marks the control plane and what it starts, so that {@code fjord down} finds drivers that outlived it; outside
     * {@code FJORD_…}, which drivers are started without.*/
    static final String INSTANCE = "IO_FJORD_INSTANCE";

    private final Settings settings;
    private final RunningCode code;
    private final Addresses addresses;

    ControlPlaneProcess(Home home, Settings settings, RunningCode code, Addresses addresses) {
        super(home, "control-plane", settings.port());
        this.settings = settings;
        this.code = code;
        this.addresses = addresses;
    }

    /** Where the servers are, ours or given. */
    record Addresses(
            String kafka,
            DatabaseAddress database,
            DatabaseAddress databaseCdc,
            Settings.S3 s3,
            Optional<DatabaseAddress> keycloakCdc,
            Optional<DatabaseAddress> hiveCdc) {}

    @Override
    protected void prepare() {
        // Made here rather than by the services, so that a control plane with given addresses never invents keys.
        home.secret("operator-token");
        home.key("master-key");
        home.secret("instance");
    }

    @Override
    protected List<String> command() {
        var command = new ArrayList<>(List.of(
                java(),
                "-Xmx" + settings.controlPlaneHeap() + "m",
                // A start makes much that is soon of no use: with less room it copies the rest twice as often.
                "-Xms" + Math.min(80, settings.controlPlaneHeap()) + "m",
                "-XX:NewSize=" + Math.min(36, settings.controlPlaneHeap() / 2) + "m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:MaxMetaspaceSize=192m",
                "-Djava.awt.headless=true",
                // Arrow reaches into buffers.
                "--add-opens=java.base/java.nio=ALL-UNNAMED"));
        command.addAll(ClassArchive.options(code.folder(), "control-plane", code.classPath()));
        command.addAll(List.of(
                "-cp", code.classPath(), "io.fjord.launcher.ControlPlane", "--services=" + settings.services()));
        return command;
    }

    @Override
    protected Map<String, String> environment() {
        var variables = new LinkedHashMap<String, String>();
        variables.put("FJORD_ROOT", Checkout.root().toString());
        variables.put("FJORD_HOME", home.root().toString());
        variables.put("FJORD_PORT", Integer.toString(port()));
        variables.put("FJORD_KAFKA", addresses.kafka());
        variables.put("FJORD_DATABASE", addresses.database().url());
        variables.put("FJORD_DATABASE_CDC", addresses.databaseCdc().url());
        variables.put("FJORD_S3", addresses.s3().endpoint());
        variables.put("FJORD_S3_ACCESS_KEY", addresses.s3().accessKey());
        variables.put("FJORD_S3_SECRET_KEY", addresses.s3().secretKey());
        variables.put("FJORD_S3_DERIVED_KEYS", Boolean.toString(settings.s3().isEmpty()));
        variables.put("FJORD_TOKEN_FILE", home.secretFile("operator-token").toString());
        variables.put("FJORD_MASTER_KEY_FILE", home.secretFile("master-key").toString());
        variables.put(
                "FJORD_RUNTIME_CLASS_PATH_FILE", code.runtimeClassPathFile().toString());
        variables.put(
                "FJORD_INGESTION_CLASS_PATH_FILE", code.ingestionClassPathFile().toString());
        variables.put(
                "FJORD_INGESTION_SPARK_CLASS_PATH_FILE",
                code.ingestionSparkClassPathFile().toString());
        settings.issuer().ifPresent(issuer -> {
            variables.put("FJORD_OIDC_ISSUER", issuer);
            variables.put("FJORD_OIDC_AUDIENCE", settings.identity().audience());
        });
        settings.issuerKeys().ifPresent(keys -> variables.put("FJORD_OIDC_KEYS", keys));
        addresses.keycloakCdc().ifPresent(cdc -> variables.put("FJORD_KEYCLOAK_DATABASE_CDC", cdc.url()));
        if (settings.runsKeycloak()) {
            variables.put(
                    "FJORD_KEYCLOAK", "http://127.0.0.1:" + settings.identity().port());
            variables.put(
                    "FJORD_KEYCLOAK_SECRET_FILE",
                    KeycloakServer.platformSecretFile(home).toString());
        }
        addresses.hiveCdc().ifPresent(cdc -> variables.put("FJORD_HIVE_DATABASE_CDC", cdc.url()));
        if (settings.runsHiveMetastore()) {
            variables.put(
                    "FJORD_HIVE_METASTORE",
                    HiveMetastoreServer.uri(settings.hive().port()));
            variables.put(
                    "FJORD_HIVE_WAREHOUSE",
                    HiveMetastoreServer.warehouse(home).toUri().toString());
        }
        // This is where people develop: endpoints may be http://, and it says so. Private networks only if they are
        // named.
        // Databases of whoever develops run on this machine.
        variables.put(
                "FJORD_SOURCES_NETWORKS",
                System.getenv().getOrDefault("FJORD_SOURCES_NETWORKS", "127.0.0.0/8,::1/128"));
        variables.put("FJORD_WEBHOOKS_HTTP", System.getenv().getOrDefault("FJORD_WEBHOOKS_HTTP", "true"));
        variables.put(INSTANCE, home.secret("instance"));
        return variables;
    }

    @Override
    protected Duration stopsWithin() {
        return Duration.ofSeconds(15);
    }

    @Override
    protected Duration startsWithin() {
        return Duration.ofSeconds(180);
    }

    @Override
    protected boolean isReady() {
        return LocalHttp.isReady(port());
    }

    /** The processes the control plane of this home started and that still run: Spark drivers. */
    static List<ProcessIdentity> drivers(Home home, long controlPlane) {
        var mark = INSTANCE + "=" + home.secret("instance");
        var found = new ArrayList<ProcessIdentity>();
        ProcessHandle.allProcesses()
                .mapToLong(ProcessHandle::pid)
                .filter(pid ->
                        pid != controlPlane && pid != ProcessHandle.current().pid())
                .filter(pid -> Proc.environment(pid).contains(mark))
                .forEach(pid -> ProcessIdentity.of(pid).ifPresent(found::add));
        return found;
    }
}
