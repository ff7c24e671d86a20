package io.fjord.operator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.core.pipeline.PipelineEngine;
import io.fjord.kernel.AccessChanges;
import io.fjord.platform.http.DriverTokens;
import io.fjord.platform.kafka.KafkaConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the operator.
 *
 * @param gateway base address of the platform's API; drivers ask it whose a token is
 * @param token what the operator shows at the gateway
 * @param access drivers are told when who may what has changed
 * @param clustersFolder where drivers live: a folder each
 * @param runtimeClassPath class path of the cluster runtime
 * @param directPipelines the driver of those without Spark
 * @param sparkPipelines the driver of those on Spark
 * @param s3 the object store drivers read and write
 * @param sourceNetworks that source databases may be in although they are special, as {@code 127.0.0.0/8}
 * @param hiveMetastore for tables that are not in our catalogs; null for none
 */
public record OperatorConfig(
        KafkaConfig kafka,
        String gateway,
        Supplier<String> token,
        AccessChanges access,
        Path clustersFolder,
        String runtimeClassPath,
        PipelineProcess directPipelines,
        PipelineProcess sparkPipelines,
        ObjectStore s3,
        List<String> sourceNetworks,
        @Nullable HiveMetastore hiveMetastore,
        String host,
        int port) {

    /**
     * The process that pipelines of an engine share.
     *
     * @param folder where it lives
     * @param classPath blank where none is run
     */
    public record PipelineProcess(Path folder, String classPath) {}

    /** @param endpoint S3-compatible address */
    public record ObjectStore(String endpoint, String accessKey, String secretKey, String region) {
        @Override
        public String toString() {
            return "ObjectStore[" + endpoint + "]";
        }
    }

    /** @param warehouse folder of its tables, as drivers reach it */
    public record HiveMetastore(String uri, String warehouse) {}

    /** How long a driver outlives the operator. */
    static final int LEASE_SECONDS = 60;

    /** What Spark 4 opens on Java 17 and later (its JavaModuleOptions). */
    private static final List<String> OPENED = List.of(
            "java.base/java.lang",
            "java.base/java.lang.invoke",
            "java.base/java.lang.reflect",
            "java.base/java.io",
            "java.base/java.net",
            "java.base/java.nio",
            "java.base/java.util",
            "java.base/java.util.concurrent",
            "java.base/java.util.concurrent.atomic",
            "java.base/jdk.internal.ref",
            "java.base/sun.nio.ch",
            "java.base/sun.nio.cs",
            "java.base/sun.security.action",
            "java.base/sun.util.calendar",
            "java.security.jgss/sun.security.krb5");

    private static final List<String> SPARK_OPTIONS = List.of(
            "-XX:+UseSerialGC",
            "-XX:+IgnoreUnrecognizedVMOptions",
            "-Xshare:auto",
            "--add-modules=jdk.incubator.vector",
            "-Djdk.reflect.useDirectMethodHandle=false",
            "-Dio.netty.tryReflectionSetAccessible=true",
            "--enable-native-access=ALL-UNNAMED");

    List<String> driverCommand(DriverSpec spec, Path settings) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx" + Math.max(768, spec.size().memoryMiB() * 3 / 4) + "m");
        command.addAll(SPARK_OPTIONS);
        OPENED.forEach(opened -> command.add("--add-opens=" + opened + "=ALL-UNNAMED"));
        command.addAll(
                List.of("-cp", runtimeClassPath, "io.fjord.runtime.ClusterRuntime", "--config", settings.toString()));
        return command;
    }

    /** What calls to the driver of pipelines are checked with; the same for the next operator, which adopts it. */
    String ingestionSecret() {
        return DriverTokens.of(token.get()).token(new Address("platform", "driver", "pipelines"));
    }

    PipelineProcess pipelines(PipelineEngine engine) {
        return engine == PipelineEngine.SPARK ? sparkPipelines : directPipelines;
    }

    List<String> ingestionCommand(PipelineEngine engine, Path settings) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (engine == PipelineEngine.SPARK) {
            // A driver that is out of memory is of no use to any pipeline; the next one goes on.
            command.addAll(List.of("-Xmx480m", "-XX:+ExitOnOutOfMemoryError"));
            command.addAll(SPARK_OPTIONS);
            OPENED.forEach(opened -> command.add("--add-opens=" + opened + "=ALL-UNNAMED"));
            command.addAll(List.of("-cp", sparkPipelines.classPath(), "io.fjord.ingestion.spark.SparkIngestion"));
        } else {
            command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-Xshare:auto"));
            command.addAll(List.of("-cp", directPipelines.classPath(), "io.fjord.ingestion.IngestionDriver"));
        }
        command.addAll(List.of("--config", settings.toString()));
        return command;
    }

    ObjectNode ingestionSettings(PipelineEngine engine) {
        ObjectNode settings = Json.MAPPER.createObjectNode();
        settings.put("gateway", gateway);
        ObjectNode broker = settings.putObject("kafka");
        kafka.security().forEach(broker::put);
        broker.put("bootstrap.servers", kafka.bootstrap());
        broker.put("metric.reporters", "");
        broker.put("enable.metrics.push", "false");
        settings.put("secret", ingestionSecret());
        settings.put("workDir", pipelines(engine).folder().toString());
        settings.put("leaseSeconds", LEASE_SECONDS);
        ArrayNode networks = settings.putArray("sourceNetworks");
        sourceNetworks.forEach(networks::add);
        putStore(settings);
        return settings;
    }

    private void putStore(ObjectNode settings) {
        ObjectNode store = settings.putObject("s3");
        store.put("endpoint", s3.endpoint());
        store.put("accessKey", s3.accessKey());
        store.put("secretKey", s3.secretKey());
        store.put("region", s3.region());
    }

    ObjectNode driverSettings(DriverSpec spec, Path folder) {
        ObjectNode settings = Json.MAPPER.createObjectNode();
        settings.put("clusterId", spec.key().clusterId());
        settings.put("domain", spec.cluster().domain());
        settings.put("name", spec.cluster().name());
        settings.put("generation", spec.key().generation());
        settings.put("attempt", spec.key().attempt());
        settings.put("cores", spec.size().cores());
        settings.put("memoryMiB", spec.size().memoryMiB());
        settings.put("gateway", gateway);
        settings.put("secret", spec.secret());
        settings.put("lineageToken", DriverTokens.of(token.get()).token(spec.cluster()));
        settings.put("workDir", folder.toString());
        settings.put("controlPort", 0);
        settings.put("connectPort", 0);
        settings.put("hiveHttpPort", 0);
        settings.put("flightPort", 0);
        settings.put("leaseSeconds", LEASE_SECONDS);
        ObjectNode lakehouse = settings.putObject("catalogs").putObject("lakehouse");
        lakehouse.put("uri", gateway + "/iceberg");
        lakehouse.put("warehouse", spec.cluster().domain());
        putStore(settings);
        if (hiveMetastore != null) {
            ObjectNode metastore = settings.putObject("hiveMetastore");
            metastore.put("uri", hiveMetastore.uri());
            metastore.put("warehouse", hiveMetastore.warehouse());
        }
        ObjectNode spark = settings.putObject("sparkConf");
        spec.settings().sparkConf().forEach(spark::put);
        return settings;
    }
}
