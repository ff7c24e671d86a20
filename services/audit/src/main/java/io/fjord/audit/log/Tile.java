package io.fjord.audit.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where hashes or entries stand in the log, as C2SP tlog-tiles names them: {@code tile/0/x001/067}, {@code tile/entries/x001/067.p/12}.
 *
 * @param level of the hashes, 0 for those of the leaves; {@link #ENTRIES} for the entries themselves
 * @param index which of its level
 * @param width how many there are, 256 unless it is the last one of a log's size
 */
public record Tile(int level, long index, int width) {

    public static final int ENTRIES = -1;

    /** How many hashes are in a full one. */
    public static final int FULL = 256;

    static final int HEIGHT = 8;

    private static final int DEEPEST = 63;
    private static final Pattern PATH =
            Pattern.compile("tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\\.p/([1-9][0-9]{0,2}))?");

    public Tile {
        if (level < ENTRIES || level > DEEPEST || index < 0 || width < 1 || width > FULL) {
            throw new IllegalArgumentException("There is no tile " + level + "/" + index + " of width " + width);
        }
    }

    public static Optional<Tile> parse(String path) {
        Matcher parts = PATH.matcher(path);
        if (!parts.matches()) {
            return Optional.empty();
        }
        int level = parts.group(1).equals("entries") ? ENTRIES : Integer.parseInt(parts.group(1));
        long index = Long.parseLong(parts.group(2).replace("x", "").replace("/", ""));
        int width = parts.group(3) == null ? FULL : Integer.parseInt(parts.group(3));
        if (level > DEEPEST || (width == FULL) != (parts.group(3) == null) || width > FULL) {
            return Optional.empty();
        }
        Tile tile = new Tile(level, index, width);
        // Of two ways to write an index one is right.
        return tile.path().equals(path) ? Optional.of(tile) : Optional.empty();
    }

    public String path() {
        return "tile/" + (level == ENTRIES ? "entries" : level) + "/" + number(index) + (isFull() ? "" : ".p/" + width);
    }

    private static String number(long index) {
        StringBuilder path = new StringBuilder(group(index % 1000));
        for (long rest = index / 1000; rest > 0; rest /= 1000) {
            path.insert(0, "x" + group(rest % 1000) + "/");
        }
        return path.toString();
    }

    private static String group(long digits) {
        String text = Long.toString(digits);
        return "000".substring(text.length()) + text;
    }

    public boolean isFull() {
        return width == FULL;
    }

    public Tile full() {
        return new Tile(level, index, FULL);
    }

    /** Those that are not full in a log of that size. */
    static List<Tile> begun(long size) {
        List<Tile> begun = new ArrayList<>();
        int last = (int) (size % FULL);
        if (last > 0) {
            begun.add(new Tile(ENTRIES, size / FULL, last));
        }
        for (int level = 0; size >> (HEIGHT * level) > 0; level++) {
            int width = (int) ((size >> (HEIGHT * level)) % FULL);
            if (width > 0) {
                begun.add(new Tile(level, size >> (HEIGHT * (level + 1)), width));
            }
        }
        return begun;
    }

    /** The one that holds this hash, as wide as it is in a log of that size. */
    public static Tile holding(int level, long hash, long size) {
        long index = hash / FULL;
        long there = size >> (HEIGHT * level);
        return new Tile(level, index, (int) Math.min(FULL, there - index * FULL));
    }
}
