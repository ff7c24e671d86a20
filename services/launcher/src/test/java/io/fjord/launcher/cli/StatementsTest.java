package io.fjord.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StatementsTest {

    @Test
    void a_script_is_split_at_semicolons() {
        assertThat(Statements.split("SELECT 1; SELECT 2 ;\n\nSELECT 3"))
                .containsExactly("SELECT 1", "SELECT 2", "SELECT 3");
    }

    @Test
    void semicolons_in_quotes_and_comments_split_nothing() {
        assertThat(Statements.split(
                        "SELECT ';', \"a;b\", `c;d` -- not; here\n, 1 /* nor; here */; SELECT 'it''s;', 'a\\';b'"))
                .hasSize(2)
                .first()
                .asString()
                .endsWith("/* nor; here */");
    }

    @Test
    void what_holds_no_statement_gives_none() {
        assertThat(Statements.split(" ;; -- only this\n; /* or this */")).isEmpty();
    }

    @Test
    void what_never_ends_is_taken_as_it_is() {
        assertThat(Statements.split("SELECT 'open; SELECT 2")).containsExactly("SELECT 'open; SELECT 2");
        assertThat(Statements.split("SELECT 1 /* open; SELECT 2")).hasSize(1);
        assertThat(Statements.split("SELECT 1 -- open; SELECT 2")).hasSize(1);
    }
}
