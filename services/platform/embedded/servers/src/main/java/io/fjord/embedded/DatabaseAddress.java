package io.fjord.embedded;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Where a database is and who logs in: {@code postgresql://user:password@host:port/database}, or mariadb, or mysql. */
public record DatabaseAddress(Kind kind, String user, String password, String host, int port, String database) {

    /** The databases Fjord runs on. */
    public enum Kind {
        POSTGRESQL(5432),
        MARIADB(3306),
        MYSQL(3306);

        private final int defaultPort;

        Kind(int defaultPort) {
            this.defaultPort = defaultPort;
        }

        public String scheme() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Reads the form {@link #url} writes.
     *
     * @throws IllegalArgumentException with a sentence; the password does not stand in it
     */
    public static DatabaseAddress parse(String url) {
        URI uri;
        try {
            uri = new URI(url.strip());
        } catch (URISyntaxException e) {
            throw malformed();
        }
        var userInfo = uri.getRawUserInfo();
        if (uri.getScheme() == null || uri.getHost() == null || userInfo == null || userInfo.indexOf(':') < 1) {
            throw malformed();
        }
        var kind = kind(uri.getScheme());
        var colon = userInfo.indexOf(':');
        var path = uri.getPath() == null ? "" : uri.getPath().replaceFirst("^/", "");
        return new DatabaseAddress(
                kind,
                decode(userInfo.substring(0, colon)),
                decode(userInfo.substring(colon + 1)),
                uri.getHost(),
                uri.getPort() < 0 ? kind.defaultPort : uri.getPort(),
                path.isEmpty() ? "fjord" : path);
    }

    private static Kind kind(String scheme) {
        for (var kind : Kind.values()) {
            if (kind.scheme().equals(scheme) || (kind == Kind.POSTGRESQL && scheme.equals("postgres"))) {
                return kind;
            }
        }
        throw malformed();
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException(
                "A database address reads postgresql://user:password@host:port/database, or mariadb://… or mysql://….");
    }

    public String url() {
        return "%s://%s:%s@%s:%d/%s".formatted(kind.scheme(), encode(user), encode(password), host, port, database);
    }

    /** For JDBC, without user and password. */
    public String jdbcUrl() {
        return "jdbc:%s://%s:%d/%s".formatted(kind.scheme(), host, port, database);
    }

    public DatabaseAddress withUser(String otherUser, String otherPassword) {
        return new DatabaseAddress(kind, otherUser, otherPassword, host, port, database);
    }

    public DatabaseAddress withDatabase(String other) {
        return new DatabaseAddress(kind, user, password, host, port, other);
    }

    /** Whether anybody listens there. */
    boolean answers() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), 500);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return "%s://%s:…@%s:%d/%s".formatted(kind.scheme(), user, host, port, database);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
