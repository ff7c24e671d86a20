package io.fjord.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fjord.testing.TestServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that others made, told the address, a token and the warehouse, as their own documentation has it. */
@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "fetches pyiceberg and DuckDB from PyPI: ./fjord test --all")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OtherClientsIT {

    private static final Path HERE = Path.of("target", "clients");
    private static final Path PYTHON = HERE.resolve("bin").resolve("python");

    private ServedCatalog served;

    private record Run(int exit, String output) {}

    @BeforeAll
    void start() throws Exception {
        if (!Files.isExecutable(PYTHON)) {
            Run made = tried("python3", "-m", "venv", HERE.toString());
            assumeTrue(made.exit() == 0, "there is no python3 with venv: " + lastLine(made));
        }
        served = new ServedCatalog(TestServers.postgres().address());
    }

    @AfterAll
    void stop() throws Exception {
        if (served != null) {
            served.close();
        }
    }

    /** DuckDB loads its extensions from a server of its own; PyPI has the same files, signed as they are there. */
    @ParameterizedTest
    @CsvSource({
        "with_pyiceberg.py, pyiceberg[pyarrow]==0.12.0",
        "with_duckdb.py, duckdb==1.5.5 duckdb-extension-httpfs==1.5.5 duckdb-extension-avro==1.5.5"
                + " duckdb-extension-iceberg==1.5.5"
    })
    void works_without_special_settings(String script, String packages) throws Exception {
        List<String> install = new ArrayList<>(
                List.of(PYTHON.toString(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"));
        install.addAll(List.of(packages.split(" ")));
        Run installed = tried(install.toArray(String[]::new));
        assumeTrue(installed.exit() == 0, "pip cannot install " + packages + ": " + lastLine(installed));
        Path file = HERE.resolve(script);
        try (var in = OtherClientsIT.class.getResourceAsStream("/clients/" + script)) {
            Files.write(file, in.readAllBytes());
        }

        Run run = tried(PYTHON.toString(), file.toString());

        assertThat(run.exit()).as(run.output()).isZero();
    }

    private Run tried(String... command) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        if (served != null) {
            builder.environment().put("FJORD_URI", served.uri());
            builder.environment().put("FJORD_TOKEN", "any");
        }
        try {
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Run(process.waitFor(5, TimeUnit.MINUTES) ? process.exitValue() : -1, output);
        } catch (IOException e) {
            return new Run(-1, String.valueOf(e.getMessage()));
        }
    }

    private static String lastLine(Run run) {
        return run.output().strip().lines().reduce("", (before, line) -> line);
    }
}
