package io.fjord.launcher.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Runs SQL statements on a cluster, one at a time. */
public final class Statements {

    private final ApiClient api;
    private final String domain;
    private final String cluster;
    private volatile @Nullable String running;

    public Statements(ApiClient api, String domain, String cluster) {
        this.api = api;
        this.domain = domain;
        this.cluster = cluster;
    }

    /** What a statement gave, its first rows only. */
    public record Result(List<String> columns, List<List<String>> rows, long totalRows, double seconds) {

        public void print(PrintStream out) {
            if (!columns.isEmpty()) {
                var table = new Table(columns);
                rows.forEach(row -> table.row(row.toArray()));
                table.print(out);
            }
            out.println(summary());
        }

        String summary() {
            var count = columns.isEmpty() ? "Done" : totalRows == 1 ? "1 row" : totalRows + " rows";
            var shown = rows.size() < totalRows ? ", the first " + rows.size() + " shown" : "";
            return String.format(Locale.ROOT, "(%s%s, %.1f s)", count, shown, seconds);
        }
    }

    public Result run(String statement) throws IOException {
        return run(statement, 1000);
    }

    Result run(String statement, int limit) throws IOException {
        var begin = System.nanoTime();
        var body = ApiClient.JSON
                .createObjectNode()
                .put("cluster", cluster)
                .put("statement", statement)
                // Short, so that its id is known soon and Ctrl-C can cancel it.
                .put("waitSeconds", 1);
        var state = api.send("POST", "/api/v1/sql/statements?domain=" + ClusterCommands.encode(domain), body)
                .body();
        var id = state.path("id").asText();
        running = id;
        try (var progress = new Progress("Running")) {
            while (isOpen(state)) {
                progress.tick(state.path("state").asText());
                state = api.get(path(id, "") + "&waitSeconds=2");
            }
        } finally {
            running = null;
        }
        if (!state.path("state").asText().equals("finished")) {
            throw failure(state);
        }
        return result(id, state, limit, begin);
    }

    private static boolean isOpen(JsonNode statement) {
        return List.of("queued", "running").contains(statement.path("state").asText());
    }

    private static ApiProblem failure(JsonNode statement) {
        if (statement.hasNonNull("problem")) {
            return ApiProblem.of(400, statement.path("problem"));
        }
        return new ApiProblem(400, "The statement is " + statement.path("state").asText() + ".");
    }

    private Result result(String id, JsonNode statement, int limit, long begin) throws IOException {
        var columns = new ArrayList<String>();
        for (var column : statement.path("columns")) {
            columns.add(column.path("name").asText());
        }
        var rows = new ArrayList<List<String>>();
        long total = statement.path("rows").asLong();
        if (!columns.isEmpty()) {
            var page = statement.hasNonNull("result") ? statement.path("result") : api.get(path(id, "/result"));
            total = page.path("totalRows").asLong(total);
            while (true) {
                for (var row : page.path("rows")) {
                    if (rows.size() < limit) {
                        rows.add(cells(row));
                    }
                }
                if (rows.size() >= limit || !page.hasNonNull("nextPageToken")) {
                    break;
                }
                page = api.get(path(id, "/result") + "&pageToken="
                        + ClusterCommands.encode(page.path("nextPageToken").asText()));
            }
        }
        return new Result(columns, rows, Math.max(total, rows.size()), (System.nanoTime() - begin) / 1e9);
    }

    private static List<String> cells(JsonNode row) {
        var cells = new ArrayList<String>();
        for (var cell : row) {
            cells.add(cell.isNull() ? "NULL" : cell.isValueNode() ? cell.asText() : cell.toString());
        }
        return cells;
    }

    /** Cancels what runs now, if anything does. */
    void cancel() {
        var id = running;
        if (id != null) {
            try {
                api.send("POST", path(id, "/cancel"), null);
                System.err.println("Cancelled.");
            } catch (IOException | ApiProblem e) {
                System.err.println("The statement could not be cancelled: " + e.getMessage());
            }
        }
    }

    private String path(String id, String rest) {
        return "/api/v1/sql/statements/" + id + rest + "?domain=" + ClusterCommands.encode(domain);
    }

    /** The statements of a script: split at semicolons, but not at those in quotes and comments. */
    static List<String> split(String script) {
        var found = new ArrayList<String>();
        var one = new StringBuilder();
        for (int i = 0; i < script.length(); i++) {
            var c = script.charAt(i);
            var end = i;
            if (c == '\'' || c == '"' || c == '`') {
                end = endOfQuote(script, i);
            } else if (script.startsWith("--", i)) {
                end = indexOrEnd(script.indexOf('\n', i), script) - 1;
            } else if (script.startsWith("/*", i)) {
                end = Math.min(indexOrEnd(script.indexOf("*/", i + 2), script) + 1, script.length() - 1);
            } else if (c == ';') {
                add(found, one);
                continue;
            }
            one.append(script, i, end + 1);
            i = end;
        }
        add(found, one);
        return found;
    }

    private static void add(List<String> found, StringBuilder one) {
        var text = one.toString().strip();
        // What is only comments is no statement.
        if (!text.replaceAll("(?s)/\\*.*?\\*/|--[^\n]*", "").isBlank()) {
            found.add(text);
        }
        one.setLength(0);
    }

    private static int endOfQuote(String script, int start) {
        var quote = script.charAt(start);
        for (int i = start + 1; i < script.length(); i++) {
            if (script.charAt(i) == '\\' && quote != '`') {
                i++;
            } else if (script.charAt(i) == quote) {
                return i;
            }
        }
        return script.length() - 1;
    }

    private static int indexOrEnd(int index, String script) {
        return index < 0 ? script.length() : index;
    }
}
