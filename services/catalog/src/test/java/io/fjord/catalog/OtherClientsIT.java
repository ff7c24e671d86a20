package io.fjord.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.testing.Python;
import io.fjord.testing.TestServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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

    private ServedCatalog served;

    @BeforeAll
    void start() throws Exception {
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
        Python python = Python.with(HERE, List.of(packages.split(" ")));
        Path file = HERE.resolve(script);
        try (var in = OtherClientsIT.class.getResourceAsStream("/clients/" + script)) {
            Files.write(file, in.readAllBytes());
        }

        Python.Run run =
                python.run(HERE, Map.of("FJORD_URI", served.uri(), "FJORD_TOKEN", "any"), "python", List.of(script));

        assertThat(run.exit()).as(run.output()).isZero();
    }
}
