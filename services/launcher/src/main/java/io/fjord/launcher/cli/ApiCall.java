package io.fjord.launcher.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Any call to the API, with the token put in. */
@Command(
        name = "api",
        mixinStandardHelpOptions = true,
        description = "Calls the API: fjord api GET /api/v1/clusters. Streams are shown as they come, until Ctrl-C.")
public final class ApiCall implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "METHOD", description = "GET, POST, PUT, PATCH or DELETE.")
    private String method = "GET";

    @Parameters(index = "1", paramLabel = "PATH", description = "/api/v1/…, with its query.")
    private String path = "";

    @Option(
            names = {"-d", "--data"},
            paramLabel = "JSON|@FILE|-",
            description = "The body; @FILE reads a file, - reads the input.")
    private @Nullable String data;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "'NAME: VALUE'",
            description = "A header; may be repeated.")
    private List<String> headers = List.of();

    @Option(
            names = {"-i", "--include"},
            description = "Shows status and headers too.")
    private boolean include;

    @Override
    public Integer call() throws IOException {
        var api = LocalFjord.here().api();
        var answer = api.exchange(
                method.toUpperCase(Locale.ROOT), path.startsWith("/") ? path : "/" + path, body(), headers());
        if (include) {
            System.out.println("HTTP " + answer.statusCode());
            answer.headers()
                    .map()
                    .forEach((name, values) -> values.forEach(value -> System.out.println(name + ": " + value)));
            System.out.println();
        }
        var type = answer.headers().firstValue("content-type").orElse("");
        try (var stream = answer.body()) {
            if (type.contains("json")) {
                printJson(stream);
            } else {
                pass(stream);
            }
        }
        return answer.statusCode() < 400 ? 0 : 1;
    }

    private byte @Nullable [] body() throws IOException {
        if (data == null) {
            return null;
        }
        if (data.equals("-")) {
            return System.in.readAllBytes();
        }
        return data.startsWith("@")
                ? Files.readAllBytes(Path.of(data.substring(1)))
                : data.getBytes(StandardCharsets.UTF_8);
    }

    private Map<String, String> headers() {
        var all = new LinkedHashMap<String, String>();
        for (var header : headers) {
            var colon = header.indexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException("A header reads 'Name: value', not '" + header + "'.");
            }
            all.put(
                    header.substring(0, colon).strip(),
                    header.substring(colon + 1).strip());
        }
        return all;
    }

    private static void printJson(InputStream stream) throws IOException {
        var bytes = stream.readAllBytes();
        try {
            System.out.println(ApiClient.JSON.readTree(bytes).toPrettyString());
        } catch (IOException e) {
            System.out.write(bytes);
            System.out.println();
        }
    }

    private static void pass(InputStream stream) throws IOException {
        var buffer = new byte[8192];
        for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
            System.out.write(buffer, 0, read);
            System.out.flush();
        }
    }
}
