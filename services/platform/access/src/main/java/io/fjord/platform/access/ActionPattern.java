package io.fjord.platform.access;

/** Which actions are meant: {@code cluster:read}, {@code cluster:*}, {@code *:read} or {@code *:*}. */
public record ActionPattern(String kind, String verb) {

    private static final String ANY = "*";

    /** @throws IllegalArgumentException if the text is not {@code kind:verb} */
    public static ActionPattern parse(String text) {
        int colon = text.indexOf(':');
        if (colon <= 0 || colon == text.length() - 1 || text.indexOf(':', colon + 1) >= 0) {
            throw new IllegalArgumentException(
                    "An action is kind:verb, as cluster:read or cluster:*, not '" + text + "'");
        }
        return new ActionPattern(text.substring(0, colon), text.substring(colon + 1));
    }

    public boolean covers(String action) {
        if (isAny()) {
            return true;
        }
        int colon = action.indexOf(':');
        return colon > 0
                && (kind.equals(ANY) || (kind.length() == colon && action.startsWith(kind)))
                && (verb.equals(ANY)
                        || (verb.length() == action.length() - colon - 1 && action.startsWith(verb, colon + 1)));
    }

    boolean isAny() {
        return kind.equals(ANY) && verb.equals(ANY);
    }

    @Override
    public String toString() {
        return kind + ":" + verb;
    }
}
