package io.fjord.platform.sql;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a database is and how to log in: {@code postgresql|mariadb|mysql://user:password@host:port/database}, user and
 * password percent-encoded, and optionally {@code ?sslmode=disable|require|verify-full}.
 */
public record DatabaseUrl(
        Dialect dialect, String host, int port, String database, String user, String password, Tls tls) {

    /** How the connection is secured. */
    public enum Tls {
        DISABLE,
        REQUIRE,
        VERIFY_FULL
    }

    private static final Map<String, Dialect> SCHEMES = Map.of(
            "postgresql", Dialect.POSTGRES,
            "postgres", Dialect.POSTGRES,
            "mariadb", Dialect.MARIADB,
            "mysql", Dialect.MYSQL);

    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]*");

    /** @throws IllegalArgumentException naming every fault of the URL, but never its password */
    public static DatabaseUrl parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            // The exception's own message holds the URL and so the password.
            throw wrong(List.of(
                    "it is not a URL (percent-encode special characters in user and password): " + e.getReason()));
        }
        List<String> faults = new ArrayList<>();
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        Dialect dialect = SCHEMES.getOrDefault(scheme, Dialect.POSTGRES);
        if (!SCHEMES.containsKey(scheme)) {
            faults.add("it starts with '" + scheme + "', not with postgresql, mariadb or mysql");
        }
        if (uri.getHost() == null) {
            faults.add("the host is missing");
        }
        String path = uri.getPath() == null ? "" : uri.getPath();
        String database = path.startsWith("/") ? path.substring(1) : path;
        if (database.isEmpty()) {
            faults.add("the database is missing");
        } else if (!PLAIN_NAME.matcher(database).matches()) {
            faults.add("the database may be of letters, digits, - and _ only");
        }
        String login = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo();
        int colon = login.indexOf(':');
        String user = decode(colon < 0 ? login : login.substring(0, colon));
        String password = colon < 0 ? "" : decode(login.substring(colon + 1));
        if (user.isEmpty()) {
            faults.add("the user is missing");
        }
        Tls tls = tls(uri.getRawQuery(), faults);
        if (!faults.isEmpty()) {
            throw wrong(faults);
        }
        int port = uri.getPort() >= 0 ? uri.getPort() : dialect == Dialect.POSTGRES ? 5432 : 3306;
        return new DatabaseUrl(dialect, uri.getHost(), port, database, user, password, tls);
    }

    private static Tls tls(@Nullable String query, List<String> faults) {
        Tls tls = Tls.DISABLE;
        if (query == null) {
            return tls;
        }
        for (String parameter : query.split("&", -1)) {
            switch (parameter) {
                case "sslmode=disable" -> tls = Tls.DISABLE;
                case "sslmode=require" -> tls = Tls.REQUIRE;
                case "sslmode=verify-full" -> tls = Tls.VERIFY_FULL;
                default ->
                    faults.add("it knows no parameter '" + parameter.replaceFirst("=.*", "")
                            + "' but sslmode=disable, require or verify-full");
            }
        }
        return tls;
    }

    private static IllegalArgumentException wrong(List<String> faults) {
        return new IllegalArgumentException("The database URL is wrong: " + String.join("; ", faults)
                + ". It is written postgresql://user:password@host:port/database (or mariadb://, mysql://)");
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return dialect.name().toLowerCase(Locale.ROOT) + "://" + host + ":" + port + "/" + database;
    }
}
