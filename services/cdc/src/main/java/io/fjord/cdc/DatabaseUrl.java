package io.fjord.cdc;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** The parts of {@code postgresql://user:password@host:port/database}. */
record DatabaseUrl(String scheme, String user, String password, String host, int port, String database) {

    /** @throws IllegalArgumentException with a sentence that does not repeat the password */
    static DatabaseUrl parse(String text) {
        URI uri;
        try {
            uri = URI.create(text.strip());
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
        String login = uri.getRawUserInfo();
        String path = uri.getPath();
        if (uri.getScheme() == null || uri.getHost() == null || login == null || path == null || path.length() < 2) {
            throw malformed();
        }
        String scheme = uri.getScheme().equals("postgres") ? "postgresql" : uri.getScheme();
        int usual = switch (scheme) {
            case "postgresql" -> 5432;
            case "mariadb", "mysql" -> 3306;
            default -> throw malformed();
        };
        int colon = login.indexOf(':');
        return new DatabaseUrl(
                scheme,
                decoded(colon < 0 ? login : login.substring(0, colon)),
                colon < 0 ? "" : decoded(login.substring(colon + 1)),
                uri.getHost(),
                uri.getPort() < 0 ? usual : uri.getPort(),
                path.substring(1));
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException(
                "A database is written postgresql://user:password@host:port/database, or mariadb://… or mysql://…");
    }

    @Override
    public String toString() {
        return scheme + "://" + host + ":" + port + "/" + database;
    }
}
