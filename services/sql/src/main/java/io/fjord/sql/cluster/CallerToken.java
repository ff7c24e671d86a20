package io.fjord.sql.cluster;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The token with which somebody submitted a statement: the driver shows it at the catalog. It is held in memory until the
 * statement ends, and is nowhere else: in no row, event or log.
 */
public final class CallerToken {

    private static final String BEARER = "Bearer ";

    private final String value;

    private CallerToken(String value) {
        this.value = value;
    }

    /** The one in an {@code Authorization} header; none if it is of another kind. */
    public static @Nullable CallerToken of(Optional<String> authorization) {
        return authorization
                .filter(header -> header.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(header -> new CallerToken(header.substring(BEARER.length()).trim()))
                .orElse(null);
    }

    String value() {
        return value;
    }

    @Override
    public String toString() {
        return "(a token)";
    }
}
