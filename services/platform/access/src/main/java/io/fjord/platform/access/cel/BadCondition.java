package io.fjord.platform.access.cel;

/** An expression nobody can evaluate, and where it is wrong. */
public final class BadCondition extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;

    /**
     * @param line from 1
     * @param column from 1
     */
    BadCondition(String message, int line, int column) {
        super(message, null, false, false);
        this.line = line;
        this.column = column;
    }

    public int line() {
        return line;
    }

    public int column() {
        return column;
    }

    /** Line and column, as {@code 1:14}. */
    public String position() {
        return line + ":" + column;
    }

    /** For people: what is wrong, and where. */
    public String told() {
        return "at line " + line + ", column " + column + ": " + getMessage();
    }
}
