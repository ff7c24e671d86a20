package io.fjord.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void columns_are_aligned_and_numbers_stand_to_the_right() {
        var table = new Table("NAME", "ROWS").row("flights", 3000000).row("état", 7);

        assertThat(printed(table)).isEqualTo("""
                NAME        ROWS
                flights  3000000
                état           7
                """);
    }

    @Test
    void a_cell_is_one_line_and_has_an_end() {
        assertThat(printed(new Table("TEXT").row("a\nb\t" + "c".repeat(500))))
                .startsWith("TEXT\na b c")
                .hasLineCount(2)
                .endsWith("…\n");
    }

    private static String printed(Table table) {
        var bytes = new ByteArrayOutputStream();
        table.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
