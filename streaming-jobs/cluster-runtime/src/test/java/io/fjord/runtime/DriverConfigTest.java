package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DriverConfigTest {

    private static final String FULL = """
            {"clusterId":"c","domain":"default","name":"etl","generation":3,"attempt":1,"cores":2,"memoryMiB":1024,
             "gateway":"http://127.0.0.1:8080","secret":"hush","workDir":"work","controlPort":0,"connectPort":15002,"leaseSeconds":30,
             "catalogs":{"lakehouse":{"uri":"http://127.0.0.1:8080/iceberg","warehouse":"default"}},
             "s3":{"endpoint":"http://127.0.0.1:9000","accessKey":"the-access","secretKey":"the-key","region":"us-east-1"},
             "sparkConf":{"spark.sql.ansi.enabled":"false"}}""";

    private static List<String> faults(String json) {
        return catchThrowableOfType(DriverConfig.Faulty.class, () -> DriverConfig.parse(json))
                .faults();
    }

    @Test
    void a_full_configuration_is_read() throws Exception {
        var config = DriverConfig.parse(FULL);

        assertThat(config.generation()).isEqualTo(3);
        assertThat(config.connectPort()).isEqualTo(15_002);
        assertThat(config.flightPort()).isZero();
        assertThat(config.gateway()).isEqualTo("http://127.0.0.1:8080");
        assertThat(config.address()).isEqualTo("default/cluster/etl");
        assertThat(config.s3()).isNotNull();
        assertThat(config.toString() + config.catalogs() + config.s3()).doesNotContain("hush", "the-access", "the-key");
    }

    @Test
    void what_may_be_left_out_has_defaults() throws Exception {
        var config = DriverConfig.parse("""
                {"clusterId":"c","domain":"d","name":"n","generation":1,"attempt":0,"cores":1,"memoryMiB":512,
                 "gateway":"https://fjord.example","secret":"hush","workDir":"work"}""");

        assertThat(config.leaseSeconds()).isEqualTo(60);
        assertThat(config.catalogs()).isEmpty();
        assertThat(config.s3()).isNull();
    }

    @Test
    void a_metastore_is_the_session_catalog() throws Exception {
        var settings = SparkSettings.of(DriverConfig.parse(FULL.replace(
                "\"sparkConf\"",
                "\"hiveMetastore\":{\"uri\":\"thrift://127.0.0.1:9083\",\"warehouse\":\"file:/w\"},\"sparkConf\"")));

        assertThat(settings)
                .containsEntry("spark.sql.catalog.spark_catalog", MetastoreCatalog.class.getName())
                .containsEntry("spark.hadoop.hive.metastore.uris", "thrift://127.0.0.1:9083")
                .containsEntry("spark.sql.warehouse.dir", "file:/w");
        assertThat(settings.get("spark.sql.extensions")).contains("Iceberg", MetastoreCommands.class.getName());
    }

    @Test
    void all_faults_are_named_at_once() {
        assertThat(faults("""
                {"domain":"default","name":7,"generation":-1,"attempt":1.5,"cores":2,"memoryMiB":1024,"secret":" ",
                 "gateway":"127.0.0.1:8080",
                 "workDir":"w","flightPort":70000,"hivePort":1,
                 "catalogs":{"lake house":{"uri":"u"},"other":3},"s3":{"bucket":"b"},
                 "sparkConf":{"sql":"x","spark.a":1,"spark.connect.grpc.binding.address":"0.0.0.0"}}"""))
                .containsExactlyInAnyOrder(
                        "'clusterId' is missing",
                        "'name' must be a text that is not blank",
                        "'generation' must be a whole number of at least 0",
                        "'attempt' must be a whole number of at least 0",
                        "'secret' must be a text that is not blank",
                        "'gateway' must be an address like http://127.0.0.1:8080",
                        "'flightPort' must be a whole number from 0 to 65535",
                        "'hivePort' is not a known field",
                        "'catalogs.lake house' is not a catalog name: letters, digits and _ only",
                        "'catalogs.lake house.warehouse' is missing",
                        "'catalogs.other' must be an object",
                        "'s3.endpoint' is missing",
                        "'s3.accessKey' is missing",
                        "'s3.secretKey' is missing",
                        "'s3.region' is missing",
                        "'s3.bucket' is not a known field",
                        "'sparkConf.sql' does not start with 'spark.'",
                        "'sparkConf.spark.a' must be a text",
                        "'sparkConf.spark.connect.grpc.binding.address' is set by the platform and cannot be changed");
    }

    @Test
    void what_is_not_json_is_refused_without_quoting_it() {
        assertThat(faults("{\"secret\": hush}")).containsExactly("it is not JSON: see line 1");
        assertThat(faults("[]")).containsExactly("it is not a JSON object");
        assertThat(faults("{\"secret\":\"a\",\"secret\":\"b\"}")).containsExactly("it is not JSON: see line 1");
    }

    @Test
    void the_keys_of_a_catalog_stay_out_of_sparks_configuration() throws Exception {
        var settings = SparkSettings.of(DriverConfig.parse(FULL));

        assertThat(settings)
                .containsEntry("spark.sql.catalog.lakehouse.uri", "http://127.0.0.1:8080/iceberg")
                .containsEntry("spark.sql.catalog.lakehouse.s3.endpoint", "http://127.0.0.1:9000")
                .containsEntry("spark.sql.defaultCatalog", "lakehouse")
                .containsEntry("spark.sql.shuffle.partitions", "4")
                .containsEntry("spark.master", "local[2]")
                .containsEntry("spark.sql.ansi.enabled", "false");
        assertThat(settings.values()).doesNotContain("hush", "the-access", "the-key");
        assertThat(Path.of(settings.get("spark.local.dir"))).hasFileName("spark");
    }
}
