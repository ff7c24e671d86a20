package io.fjord.sql.statement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordingTest {

    @Test
    void the_kind_is_the_first_keyword() {
        assertThat(kind("select 1")).isEqualTo("select");
        assertThat(kind("  \n SELECT 1")).isEqualTo("select");
        assertThat(kind("-- what it is\n/* and * why */ (WITH a AS (SELECT 1) SELECT * FROM a)"))
                .isEqualTo("with");
        assertThat(kind("MERGE INTO t USING s")).isEqualTo("merge");
        assertThat(kind("desc t")).isEqualTo("describe");
    }

    @Test
    void no_other_word_of_it_shows() {
        assertThat(kind("jane.doe@example.com")).isEqualTo("other");
        assertThat(kind("")).isEqualTo("other");
        assertThat(kind("/* never closed")).isEqualTo("other");
        assertThat(new Wording("secret words", List.of(), null, null)).hasToString("other of 12 characters");
    }

    @Test
    void long_comments_are_no_burden() {
        assertThat(kind("/*" + "*".repeat(500_000) + "*/ select 1")).isEqualTo("select");
        assertThat(kind(" ".repeat(900_000))).isEqualTo("other");
    }

    private static String kind(String text) {
        return new Wording(text, List.of(), null, null).kind();
    }
}
