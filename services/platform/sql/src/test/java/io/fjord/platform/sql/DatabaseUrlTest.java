package io.fjord.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseUrlTest {

    @Test
    void a_url_says_everything() {
        DatabaseUrl url =
                DatabaseUrl.parse("postgresql://ada:p%40ss%3Aw+rd%2F@db.example.org:6543/fjord?sslmode=require");
        assertThat(url)
                .isEqualTo(new DatabaseUrl(
                        Dialect.POSTGRES,
                        "db.example.org",
                        6543,
                        "fjord",
                        "ada",
                        "p@ss:w+rd/",
                        DatabaseUrl.Tls.REQUIRE));
    }

    @ParameterizedTest
    @CsvSource({
        "postgresql://u@h/d, POSTGRES, 5432",
        "postgres://u@h/d, POSTGRES, 5432",
        "mariadb://u@h/d, MARIADB, 3306",
        "mysql://u@h/d, MYSQL, 3306"
    })
    void the_scheme_names_the_database_and_its_port(String text, Dialect dialect, int port) {
        DatabaseUrl url = DatabaseUrl.parse(text);
        assertThat(url.dialect()).isEqualTo(dialect);
        assertThat(url.port()).isEqualTo(port);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "oracle://u:secret@h/d | not with postgresql",
                "postgresql://u:secret@/d | the host is missing",
                "postgresql://u:secret@h | the database is missing",
                "postgresql://h/d | the user is missing",
                "postgresql://u:secret@h/d?tls=secret | no parameter 'tls'",
                "postgresql://u:secret@h/d/e | the database may be",
                "postgresql://u:sec ret@h/d | percent-encode",
                "oracle://u:secret@h/ | the database is missing"
            })
    void every_fault_is_named_and_the_password_never(String text, String fault) {
        assertThatThrownBy(() -> DatabaseUrl.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(fault)
                .satisfies(failure ->
                        assertThat(failure.toString()).doesNotContain("secret").doesNotContain("sec ret"));
    }

    @Test
    void the_password_is_not_shown() {
        assertThat(DatabaseUrl.parse("mariadb://u:secret@h/d")).hasToString("mariadb://h:3306/d");
    }
}
