package io.fjord.core.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What can be told of a pipeline's SQL without Spark: that it is one statement, that it only selects, and that all its quotes, comments
 * and brackets end. Whether its columns and functions exist is told by the pipeline's state once it starts.
 */
final class SelectCheck {

    private static final String SOURCE = "source";
    private static final Set<String> BEGINNINGS = Set.of("select", "with");

    /** Words that only statements have that change something, or that run programs. */
    private static final Set<String> REFUSED = Set.of("insert", "merge", "create", "drop", "alter", "delete", "update");

    private SelectCheck() {}

    /** @return null if nothing is */
    static @Nullable String fault(String sql) {
        List<String> tokens = new ArrayList<>();
        String unended = tokens(sql, tokens);
        if (unended != null) {
            return unended;
        }
        while (!tokens.isEmpty() && tokens.get(tokens.size() - 1).equals(";")) {
            tokens.remove(tokens.size() - 1);
        }
        if (tokens.isEmpty()) {
            return "must be a SELECT";
        }
        if (tokens.contains(";")) {
            return "must be one statement";
        }
        String first =
                tokens.stream().filter(token -> !token.equals("(")).findFirst().orElse("");
        if (!BEGINNINGS.contains(first) || !tokens.contains("select")) {
            return "must be a SELECT, or WITH … SELECT";
        }
        if (!tokens.contains(SOURCE)) {
            return "must select from `source`";
        }
        for (int i = 1; i < tokens.size(); i++) {
            boolean begins = tokens.get(i - 1).equals(")") || tokens.get(i - 1).equals("(");
            if (begins && REFUSED.contains(tokens.get(i))) {
                return "must only select; it has " + tokens.get(i).toUpperCase(Locale.ROOT);
            }
        }
        return brackets(tokens);
    }

    private static @Nullable String brackets(List<String> tokens) {
        int open = 0;
        for (String token : tokens) {
            open += token.equals("(") ? 1 : token.equals(")") ? -1 : 0;
            if (open < 0) {
                return "closes a bracket that was not opened";
            }
        }
        return open > 0 ? "does not close a bracket" : null;
    }

    /**
     * Words in lower case and single characters; strings and comments are left out, names in backticks are words.
     *
     * @return what does not end; null if all does
     */
    private static @Nullable String tokens(String sql, List<String> into) {
        int at = 0;
        while (at < sql.length()) {
            char c = sql.charAt(at);
            if (c == '\'' || c == '"' || c == '`') {
                int end = closing(sql, at);
                if (end < 0) {
                    return "does not close a " + c;
                }
                if (c == '`') {
                    into.add(sql.substring(at + 1, end).toLowerCase(Locale.ROOT));
                }
                at = end + 1;
            } else if (sql.startsWith("--", at)) {
                int end = sql.indexOf('\n', at);
                at = end < 0 ? sql.length() : end + 1;
            } else if (sql.startsWith("/*", at)) {
                int end = sql.indexOf("*/", at + 2);
                if (end < 0) {
                    return "does not end a comment";
                }
                at = end + 2;
            } else if (Character.isJavaIdentifierStart(c)) {
                int end = at;
                while (end < sql.length() && Character.isJavaIdentifierPart(sql.charAt(end))) {
                    end++;
                }
                into.add(sql.substring(at, end).toLowerCase(Locale.ROOT));
                at = end;
            } else {
                if (!Character.isWhitespace(c)) {
                    into.add(String.valueOf(c));
                }
                at++;
            }
        }
        return null;
    }

    /** Where the quote ends that begins there; a backslash keeps what follows it, but in backticks. */
    private static int closing(String sql, int begin) {
        char quote = sql.charAt(begin);
        for (int at = begin + 1; at < sql.length(); at++) {
            char c = sql.charAt(at);
            if (c == '\\' && quote != '`') {
                at++;
            } else if (c == quote) {
                return at;
            }
        }
        return -1;
    }
}
