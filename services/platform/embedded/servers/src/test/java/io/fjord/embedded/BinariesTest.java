package io.fjord.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinariesTest {

    @TempDir
    Path folder;

    @Test
    void what_an_interrupted_run_left_goes_and_what_is_whole_stays() throws Exception {
        Files.createDirectories(folder.resolve("server-2-4711/lib"));
        Files.createDirectories(folder.resolve("server-2-mariadb"));

        var made = Binaries.once(folder, "server-2", into -> Files.writeString(into.resolve("program"), "x"));

        assertThat(made.resolve("program")).exists();
        assertThat(folder.resolve("server-2-4711")).doesNotExist();
        assertThat(folder.resolve("server-2-mariadb")).exists();
    }
}
