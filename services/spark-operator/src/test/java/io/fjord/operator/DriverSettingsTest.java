package io.fjord.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.core.cluster.ClusterSize;
import io.fjord.contract.core.cluster.ConfigValue;
import io.fjord.kernel.SecretValue;
import io.fjord.operator.DesiredClusters.Desired;
import io.fjord.operator.DesiredClusters.Wish;
import io.fjord.platform.http.ProblemException;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DriverSettingsTest {

    private static final String KEY = "spark.hadoop.fs.s3a.bucket.raw.key";

    @Test
    void names_of_secrets_become_what_they_keep_for_who_configured_the_cluster() {
        List<String> asked = new ArrayList<>();

        Future<DriverSettings> settings = DriverSettings.of(
                cluster(Map.of(KEY, ConfigValue.secret("raw"), "spark.sql.shuffle.partitions", ConfigValue.text("64"))),
                (secret, actor) -> {
                    asked.add(secret + " for " + actor);
                    return Future.succeededFuture(SecretValue.of("canary"));
                });

        assertThat(asked).containsExactly("default/secret/raw for user:ana");
        assertThat(settings.result().sparkConf())
                .containsEntry(KEY, "canary")
                .containsEntry("spark.sql.shuffle.partitions", "64");
        assertThat(settings.result().toString()).doesNotContain("canary");
        assertThat(new DriverSpec(
                                new Driver.Key("c", 1, 1),
                                Address.parse("default/cluster/etl"),
                                ClusterSize.XS,
                                "s",
                                settings.result())
                        .toString())
                .doesNotContain("canary");
    }

    @Test
    void spark_shows_none_of_them() {
        Map<String, String> conf = DriverSettings.of(
                        cluster(Map.of(KEY, ConfigValue.secret("raw"))),
                        (secret, actor) -> Future.succeededFuture(SecretValue.of("canary")))
                .result()
                .sparkConf();

        Pattern redacted = Pattern.compile(conf.get("spark.redaction.regex"));
        assertThat(redacted.matcher(KEY).find()).isTrue();
        assertThat(redacted.matcher("spark.hadoop.fs.s3a.bucket.raw.keyring").find())
                .isFalse();
        assertThat(redacted.matcher("spark.some.password").find()).isTrue();
    }

    @Test
    void without_secrets_nothing_more_is_redacted_than_ever() {
        assertThat(DriverSettings.of(
                                cluster(Map.of("spark.sql.shuffle.partitions", ConfigValue.text("64"))),
                                (secret, actor) -> Future.failedFuture("nobody is asked"))
                        .result()
                        .sparkConf())
                .containsOnlyKeys("spark.sql.shuffle.partitions");
    }

    @Test
    void what_may_not_be_used_is_told_and_what_passes_is_tried_again() {
        ProblemException denied = new ProblemException(Problem.of("secret-use-denied", 403, "No", "user:ana may not"));
        ProblemException sealed = new ProblemException(Problem.of("secret-store-unavailable", 503, "Wait", "sealed"));

        assertThat(failure(denied))
                .isInstanceOf(DriverSettings.Unresolved.class)
                .hasMessage("The setting " + KEY + " has no value: user:ana may not");
        assertThat(failure(sealed)).isSameAs(sealed);
    }

    private static Throwable failure(Throwable failure) {
        return DriverSettings.of(
                        cluster(Map.of(KEY, ConfigValue.secret("raw"))),
                        (secret, actor) -> Future.failedFuture(failure))
                .cause();
    }

    private static Desired cluster(Map<String, ConfigValue> config) {
        return new Desired(
                Address.parse("default/cluster/etl"),
                "id",
                ClusterSize.XS,
                null,
                config,
                "user:ana",
                Wish.START,
                1,
                1,
                Instant.EPOCH);
    }
}
