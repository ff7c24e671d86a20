package io.fjord.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.launcher.Fjord;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class CommandLineTest {

    static Stream<String> commands() {
        return Fjord.commandLine().getSubcommands().entrySet().stream()
                .flatMap(entry -> Stream.concat(
                        Stream.of(entry.getKey()),
                        entry.getValue().getSubcommands().keySet().stream().map(sub -> entry.getKey() + " " + sub)));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void every_command_explains_itself(String command) {
        var out = new StringWriter();

        var code = line(out).execute((command + " --help").split(" "));

        assertThat(code).isZero();
        assertThat(out.toString()).contains("Usage: fjord " + command).containsPattern("\\n[A-Z].*[.:,]\\s");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void an_unknown_option_is_a_fault_of_the_caller(String command) {
        var code = line(new StringWriter()).execute((command + " --no-such-option").split(" "));

        // The tests take Maven's options, whatever those are.
        assertThat(code).isEqualTo(command.equals("test") ? 1 : 2);
    }

    private static CommandLine line(StringWriter out) {
        return Fjord.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(out));
    }
}
