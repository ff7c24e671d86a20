package io.fjord.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SqlTextTest {

    private final SqlText postgres = new SqlText(Dialect.POSTGRES);
    private final SqlText mariadb = new SqlText(Dialect.MARIADB);

    @Test
    void values_are_numbered_on_postgres_but_not_in_texts_names_and_comments() {
        String sql = "select '?', \"?\", a -- ?\n, /* ? */ b from core.t where x = ? and y in (?, ?) and z = 'it''s ?'";
        assertThat(postgres.of(sql))
                .isEqualTo("select '?', \"?\", a -- ?\n, /* ? */ b from core.t where x = $1 and y in ($2, $3)"
                        + " and z = 'it''s ?'");
        assertThat(mariadb.of(sql)).isEqualTo(sql);
    }

    @Test
    void the_schema_whose_name_is_a_keyword_is_quoted_on_mariadb() {
        String sql = "select sql.statement.id, mysql.x, sql.y, t.sql, 'sql.z' from sql.statement";
        assertThat(mariadb.of(sql))
                .isEqualTo("select `sql`.statement.id, mysql.x, `sql`.y, t.sql, 'sql.z' from `sql`.statement");
        assertThat(postgres.of(sql)).isEqualTo(sql);
    }

    @Test
    void an_open_quote_or_comment_ends_with_the_text() {
        assertThat(postgres.of("select ? 'abc ?")).isEqualTo("select $1 'abc ?");
        assertThat(postgres.of("select ? /* ?")).isEqualTo("select $1 /* ?");
    }
}
