package io.fjord.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseAddressTest {

    @Test
    void what_is_written_is_read_back_whatever_the_password_holds() {
        var address = new DatabaseAddress(
                DatabaseAddress.Kind.MARIADB, "fjord", "p@ss:/w+rd %?#ü", "127.0.0.1", 3307, "fjord");

        assertThat(DatabaseAddress.parse(address.url())).isEqualTo(address);
    }

    @Test
    void port_and_database_have_defaults() {
        assertThat(DatabaseAddress.parse("postgres://a:b@db.example"))
                .isEqualTo(new DatabaseAddress(DatabaseAddress.Kind.POSTGRESQL, "a", "b", "db.example", 5432, "fjord"));
    }

    @Test
    void the_password_is_not_printed() {
        assertThat(DatabaseAddress.parse("mysql://a:secret@h/d").toString()).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"oracle://a:b@h/d", "postgresql://h/d", "postgresql://a@h/d", "h:5432", "not an address", ""})
    void what_is_no_address_is_refused_with_the_form_it_should_have(String text) {
        assertThatThrownBy(() -> DatabaseAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("postgresql://user:password@host:port/database");
    }
}
