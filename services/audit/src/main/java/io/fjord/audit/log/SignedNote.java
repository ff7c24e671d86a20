package io.fjord.audit.log;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A text with signatures under it (C2SP signed-note).
 *
 * @param text ends with a line end
 */
public record SignedNote(String text, List<Line> signatures) {

    private static final int LONGEST = 1_000_000;
    private static final int MOST_SIGNATURES = 100;
    private static final String DASH = "\u2014 ";

    /**
     * One signature.
     *
     * @param bytes four of the key, then what it made
     */
    public record Line(String name, byte[] bytes) {

        /** @throws IllegalArgumentException if it reads otherwise */
        public static Line parse(String line) {
            String[] parts =
                    line.startsWith(DASH) ? line.substring(DASH.length()).split(" ", -1) : new String[0];
            if (parts.length == 2 && !parts[0].isEmpty()) {
                try {
                    byte[] bytes = Base64.getDecoder().decode(parts[1]);
                    // Of the ways to write the same bytes one is right.
                    if (bytes.length >= 5
                            && Base64.getEncoder().encodeToString(bytes).equals(parts[1])) {
                        return new Line(parts[0], bytes);
                    }
                } catch (IllegalArgumentException e) {
                    // told below
                }
            }
            throw new IllegalArgumentException("A signature reads '\u2014 name base64', not '" + line + "'");
        }

        @Override
        public String toString() {
            return DASH + name + " " + Base64.getEncoder().encodeToString(bytes);
        }
    }

    public SignedNote {
        signatures = List.copyOf(signatures);
        if (!text.endsWith("\n")) {
            throw new IllegalArgumentException("The text of a note ends with a line end");
        }
    }

    SignedNote(String text) {
        this(text, List.of());
    }

    public SignedNote with(Line line) {
        List<Line> more = new ArrayList<>(signatures);
        more.add(line);
        return new SignedNote(text, more);
    }

    /** @throws IllegalArgumentException telling what is wrong with it */
    public static SignedNote parse(String note) {
        int end = note.lastIndexOf("\n\n");
        if (note.length() > LONGEST || end < 0 || !note.endsWith("\n")) {
            throw new IllegalArgumentException(
                    "This is no signed note: a text, an empty line, and signatures, each ending with a line end");
        }
        if (note.chars().anyMatch(c -> c < 0x20 && c != '\n')) {
            throw new IllegalArgumentException("A signed note holds no control characters");
        }
        List<Line> lines = new ArrayList<>();
        String below = note.substring(end + 2);
        if (!below.isEmpty()) {
            for (String line : below.substring(0, below.length() - 1).split("\n", -1)) {
                lines.add(Line.parse(line));
            }
        }
        if (lines.isEmpty() || lines.size() > MOST_SIGNATURES) {
            throw new IllegalArgumentException("A signed note has 1 to " + MOST_SIGNATURES + " signatures");
        }
        return new SignedNote(note.substring(0, end + 1), lines);
    }

    /** Whether the key's owner signed it. */
    public boolean isSignedBy(NoteKey key) {
        return signatures.stream().anyMatch(line -> key.verifies(text, line));
    }

    /** What {@link #parse} reads. */
    @Override
    public String toString() {
        return text + "\n" + signatures.stream().map(line -> line + "\n").collect(Collectors.joining());
    }
}
