package io.fjord.sql.statement;

import io.fjord.kernel.Ids;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a statement says. It can hold personal data: it is sealed in its row, and never on a topic or in a log.
 *
 * @param parameters values of the {@code ?} in the text: null, Boolean, Long, BigDecimal, Double or String
 * @param catalog unqualified names are looked up there; null: the cluster's default
 */
record Wording(
        String text,
        List<@Nullable Object> parameters,
        @Nullable String catalog,
        @Nullable String namespace) {

    private static final Set<String> KINDS = Set.of(
            "select",
            "with",
            "values",
            "table",
            "from",
            "insert",
            "merge",
            "update",
            "delete",
            "truncate",
            "create",
            "alter",
            "drop",
            "show",
            "describe",
            "explain",
            "use",
            "set",
            "reset",
            "call",
            "refresh",
            "analyze",
            "cache",
            "uncache",
            "grant",
            "revoke");

    private static final Pattern FIRST_WORD =
            Pattern.compile("\\A(?:\\s|\\(|--[^\\n]*(?:\\n|\\z)|/\\*(?:[^*]|\\*(?!/))*+\\*/)*+(\\p{Alpha}++)");

    /** Its first keyword, if it is one of the usual; never another word of it. */
    String kind() {
        Matcher first = FIRST_WORD.matcher(text);
        String word = first.find() ? first.group(1).toLowerCase(Locale.ROOT) : "";
        if (word.equals("desc")) {
            return "describe";
        }
        return KINDS.contains(word) ? word : "other";
    }

    /** SHA-256 (hex) of the text. */
    String digest() {
        return Ids.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Without what it says: it must not end up in a log. */
    @Override
    public String toString() {
        return kind() + " of " + text.length() + " characters";
    }
}
