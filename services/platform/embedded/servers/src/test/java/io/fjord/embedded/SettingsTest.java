package io.fjord.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {

    private static final Path ROOT = Path.of("/somewhere");

    @Test
    void nothing_set_means_postgresql_on_8080_in_fjords_own_folder() {
        var settings = Settings.read(Map.of(), ROOT);

        assertThat(settings.port()).isEqualTo(8080);
        assertThat(settings.db()).isEqualTo(Settings.Db.POSTGRES);
        assertThat(settings.databasePort()).isEqualTo(18432);
        assertThat(settings.home()).isEqualTo(Path.of("/somewhere/.fjord"));
        assertThat(settings.kafka()).isEmpty();
    }

    @Test
    void everything_wrong_is_named_at_once() {
        var environment = Map.of(
                "FJORD_PORT", "80800",
                "FJORD_DB", "oracle",
                "FJORD_DATABASE", "somewhere",
                "FJORD_KAFKA", "localhost",
                "FJORD_KAFKA_HEAP", "2",
                "FJORD_S3", "http://s3.example:9000");

        assertThatThrownBy(() -> Settings.read(environment, ROOT))
                .hasMessageContaining("FJORD_PORT is \"80800\"")
                .hasMessageContaining("FJORD_DB is \"oracle\"")
                .hasMessageContaining("FJORD_DATABASE cannot be read")
                .hasMessageContaining("FJORD_KAFKA is \"localhost\"")
                .hasMessageContaining("FJORD_KAFKA_HEAP is \"2\"")
                .hasMessageContaining("FJORD_S3 needs FJORD_S3_ACCESS_KEY");
    }

    @Test
    void servers_can_be_given_by_address() {
        var settings = Settings.read(
                Map.of(
                        "FJORD_KAFKA", "a:9092,b:9092",
                        "FJORD_DATABASE", "mysql://me:secret@db:3307/lake",
                        "FJORD_S3", "https://s3.example",
                        "FJORD_S3_ACCESS_KEY", "key",
                        "FJORD_S3_SECRET_KEY", "hidden"),
                ROOT);

        assertThat(settings.kafka()).contains("a:9092,b:9092");
        assertThat(settings.database().orElseThrow().kind()).isEqualTo(DatabaseAddress.Kind.MYSQL);
        assertThat(settings.databaseCdc()).isEqualTo(settings.database());
        assertThat(settings.toString()).doesNotContain("secret").doesNotContain("hidden");
    }

    @Test
    void our_keycloak_says_who_people_are_unless_another_does_or_nobody_is_to() {
        assertThat(Settings.read(Map.of(), ROOT).issuer()).contains("http://127.0.0.1:18180/realms/fjord");
        assertThat(Settings.read(Map.of("FJORD_WITHOUT", "keycloak"), ROOT).issuer())
                .isEmpty();
        assertThatThrownBy(() -> Settings.read(Map.of("FJORD_WITHOUT", "kafka"), ROOT))
                .hasMessageContaining("only keycloak can be left out");

        var other = Settings.read(Map.of("FJORD_OIDC_ISSUER", "https://id.example/realms/us"), ROOT);
        assertThat(other.runsKeycloak()).isFalse();
        assertThat(other.issuer()).contains("https://id.example/realms/us");
        assertThat(other.issuerKeys()).isEmpty();
    }

    @Test
    void beside_a_database_by_address_keycloak_needs_one_too() {
        var database = Map.of("FJORD_DATABASE", "postgresql://me:secret@db/lake");
        var both = Map.of(
                "FJORD_DATABASE", "postgresql://me:secret@db/lake",
                "FJORD_KEYCLOAK_DATABASE", "postgresql://kc:secret@db/keycloak");

        assertThat(Settings.read(database, ROOT).runsKeycloak()).isFalse();
        assertThat(Settings.read(both, ROOT).runsKeycloak()).isTrue();
    }

    @Test
    void every_setting_has_a_sentence() {
        assertThat(Settings.ALL)
                .allSatisfy(setting -> assertThat(setting.sentence()).endsWith("."));
    }
}
