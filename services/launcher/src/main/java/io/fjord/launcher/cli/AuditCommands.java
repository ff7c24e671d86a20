package io.fjord.launcher.cli;

import io.fjord.audit.log.ExportVerifier;
import io.fjord.audit.log.LogSource;
import io.fjord.audit.log.LogVerifier;
import io.fjord.audit.log.NoteKey;
import io.fjord.audit.log.SignedNote;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The tamper-evident log: checking it, and taking parts of it away. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = "The tamper-evident log of all that was wished and happened.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {AuditCommands.Verify.class, AuditCommands.Export.class})
public final class AuditCommands {

    private AuditCommands() {}

    private static final String LOG = "/api/v1/audit/log/";

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = {
                "Goes through every entry of a log and tells what was changed, inserted, taken out, moved or cut off.",
                "Without SOURCE it reads the running Fjord; a folder or an export needs no network.",
            })
    static final class Verify implements Callable<Integer> {

        @Parameters(
                arity = "0..1",
                paramLabel = "SOURCE",
                description = "A folder with the files of a log, or an export (zip).")
        private @Nullable Path source;

        @Option(
                names = "--key",
                paramLabel = "KEY|@FILE",
                description = "The log's key, name+hash+key. Without it the one beside the log is believed.")
        private @Nullable String key;

        @Option(
                names = "--since",
                paramLabel = "FILE",
                description = "A checkpoint from before: the log must still begin as it did then.")
        private @Nullable Path since;

        @Option(
                names = "--remember",
                paramLabel = "FILE",
                description =
                        "Writes the checkpoint here if all is well, and reads it as --since if it is there already.")
        private @Nullable Path remember;

        @Option(
                names = "--witness",
                paramLabel = "KEY",
                description = "A witness that must have signed the checkpoint; may be repeated.")
        private List<String> witnesses = List.of();

        @Override
        public Integer call() throws IOException {
            long began = System.nanoTime();
            LogVerifier.Report report;
            boolean believed = key == null;
            if (source != null && Files.isRegularFile(source)) {
                report = new ExportVerifier(source, believed ? null : given()).verify();
            } else {
                LogSource from = source == null ? live() : folder(source);
                LogVerifier verifier = new LogVerifier(from, believed ? beside(from) : given());
                Path known = since != null ? since : remember != null && Files.exists(remember) ? remember : null;
                if (known != null) {
                    verifier.since(io.fjord.audit.log.Checkpoint.parse(
                            SignedNote.parse(Files.readString(known)).text()));
                }
                verifier.witnessed(witnesses.stream().map(NoteKey::parse).toList(), witnesses.size());
                report = verifier.verify();
            }
            tell(report, believed, System.nanoTime() - began, System.out);
            if (report.isWhole() && remember != null) {
                keep(remember, report.note());
            }
            return report.isWhole() ? 0 : 1;
        }

        private NoteKey given() throws IOException {
            String text = String.valueOf(key);
            return NoteKey.parse(text.startsWith("@") ? Files.readString(Path.of(text.substring(1))) : text);
        }

        private static NoteKey beside(LogSource from) throws IOException {
            byte[] text = from.read("key");
            if (text == null) {
                throw new IllegalArgumentException(
                        "There is no key beside the log. Give the one you know with --key, as name+hash+key.");
            }
            return NoteKey.parse(new String(text, StandardCharsets.UTF_8));
        }

        private static LogSource folder(Path folder) {
            if (!Files.isDirectory(folder)) {
                throw new IllegalArgumentException("There is no " + folder);
            }
            return path -> {
                Path file = folder.resolve(path);
                return Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
            };
        }

        private static LogSource live() {
            ApiClient api = LocalFjord.here().api();
            return path -> new Served(api).read(path);
        }

        private static void tell(LogVerifier.Report report, boolean believed, long nanos, PrintStream out) {
            report.findings().forEach(finding -> out.println("  " + finding));
            if (report.isWhole()) {
                out.printf(
                        Locale.ROOT,
                        "The log is whole: %,d entries, %,d bytes, in %.1f s.%n",
                        report.entries(),
                        report.bytes(),
                        nanos / 1e9);
            } else {
                out.println("The log is NOT what it was: " + report.findings().size() + " findings.");
            }
            if (report.checkpoint() != null) {
                out.println("  checkpoint  " + report.checkpoint());
            }
            if (believed) {
                out.println("  The key came with the log. Who could change both would not be found:"
                        + " keep the key, and give it with --key.");
            }
        }

        /** Whole or not at all: it is what the next time is compared with. */
        private static void keep(Path file, String note) throws IOException {
            Path beside = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), note);
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** The log of the Fjord that runs. */
    private record Served(ApiClient api) implements LogSource {

        private static final int TRIES = 30;

        @Override
        public byte @Nullable [] read(String path) throws IOException {
            for (int i = 1; ; i++) {
                var answer = api.exchange("GET", LOG + path, null, Map.of());
                try (var body = answer.body()) {
                    byte[] bytes = body.readAllBytes();
                    if (answer.statusCode() == 200) {
                        return bytes;
                    }
                    if (answer.statusCode() == 404) {
                        return null;
                    }
                    boolean later = answer.statusCode() == 429 || answer.statusCode() == 503;
                    var seconds = answer.headers().firstValueAsLong("Retry-After");
                    if (!later || seconds.isEmpty() || i == TRIES) {
                        throw ApiProblem.of(answer.statusCode(), ApiClient.JSON.readTree(bytes));
                    }
                    wait(Duration.ofSeconds(seconds.getAsLong()));
                }
            }
        }

        private static void wait(Duration time) throws IOException {
            try {
                TimeUnit.MILLISECONDS.sleep(time.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted", e);
            }
        }
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description =
                    "Writes the entries of a period, with what proves them, into a file that `fjord audit verify` checks.")
    static final class Export implements Callable<Integer> {

        @Option(names = "--from", required = true, paramLabel = "TIME", description = "As 2026-11-21T00:00:00Z.")
        private String from = "";

        @Option(names = "--to", required = true, paramLabel = "TIME", description = "Until before this time.")
        private String to = "";

        @Option(
                names = {"-o", "--output"},
                required = true,
                paramLabel = "FILE",
                description = "Where to.")
        private Path output = Path.of("");

        @Override
        public Integer call() throws IOException {
            var answer = LocalFjord.here()
                    .api()
                    .exchange(
                            "GET",
                            "/api/v1/audit/export?from=" + ClusterCommands.encode(from) + "&to="
                                    + ClusterCommands.encode(to),
                            null,
                            Map.of("Accept", "application/zip, application/problem+json"));
            try (var body = answer.body()) {
                if (answer.statusCode() != 200) {
                    throw ApiProblem.of(answer.statusCode(), ApiClient.JSON.readTree(body.readAllBytes()));
                }
                Files.copy(body, output, StandardCopyOption.REPLACE_EXISTING);
            }
            System.out.println(
                    "Written to " + output + ". Verify it anywhere with `fjord audit verify " + output + "`.");
            return 0;
        }
    }
}
