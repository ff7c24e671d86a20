package io.fjord.platform.sql;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * SQL as Fjord writes it, for both databases, turned into what the server reads: on PostgreSQL {@code ?} becomes
 * {@code $1, $2 …}; on MariaDB and MySQL the schema {@code sql} is quoted, for there it is a keyword.
 */
final class SqlText {

    private static final int MOST_CACHED = 2_000;

    private final Dialect dialect;
    private final Map<String, String> known = new ConcurrentHashMap<>();

    SqlText(Dialect dialect) {
        this.dialect = dialect;
    }

    String of(String sql) {
        String done = known.get(sql);
        if (done == null) {
            done = translate(sql);
            if (known.size() < MOST_CACHED) {
                known.put(sql, done);
            }
        }
        return done;
    }

    private String translate(String sql) {
        StringBuilder out = new StringBuilder(sql.length() + 16);
        int parameter = 0;
        int i = 0;
        while (i < sql.length()) {
            char c = sql.charAt(i);
            int end = i + 1;
            if (c == '\'' || c == '"' || c == '`') {
                end = closing(sql, i, c);
            } else if (sql.startsWith("--", i)) {
                end = after(sql, "\n", i);
            } else if (sql.startsWith("/*", i)) {
                end = after(sql, "*/", i);
            } else if (Character.isJavaIdentifierStart(c)) {
                while (end < sql.length() && Character.isJavaIdentifierPart(sql.charAt(end))) {
                    end++;
                }
                if (dialect != Dialect.POSTGRES
                        && sql.startsWith(".", end)
                        && sql.substring(i, end).equals("sql")
                        && (i == 0 || sql.charAt(i - 1) != '.')) {
                    out.append("`sql`");
                    i = end;
                    continue;
                }
            } else if (c == '?' && dialect == Dialect.POSTGRES) {
                out.append('$').append(++parameter);
                i = end;
                continue;
            }
            out.append(sql, i, end);
            i = end;
        }
        return out.toString();
    }

    private static int closing(String sql, int open, char quote) {
        int close = sql.indexOf(quote, open + 1);
        return close < 0 ? sql.length() : close + 1;
    }

    private static int after(String sql, String end, int from) {
        int at = sql.indexOf(end, from + 2);
        return at < 0 ? sql.length() : at + end.length();
    }
}
