package io.fjord.launcher.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Rows under headings, every column as wide as its widest cell; numbers stand to the right. */
public final class Table {

    private static final int WIDEST = 100;

    private final List<String> headings;
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... headings) {
        this(List.of(headings));
    }

    Table(List<String> headings) {
        this.headings = List.copyOf(headings);
    }

    public Table row(Object... cells) {
        rows.add(List.of(cells).stream().map(Table::oneLine).toList());
        return this;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    public void print(PrintStream out) {
        var text = new StringBuilder();
        line(text, headings, false);
        rows.forEach(row -> line(text, row, true));
        out.print(text);
        out.flush();
    }

    private void line(StringBuilder text, List<String> cells, boolean body) {
        var start = text.length();
        for (int column = 0; column < headings.size(); column++) {
            var cell = column < cells.size() ? cells.get(column) : "";
            var padding = " ".repeat(width(column) - length(cell));
            text.append(column == 0 ? "" : "  ");
            text.append(isNumeric(column) ? padding + cell : cell + padding);
        }
        // No blanks at the end: they wrap in narrow terminals.
        while (text.length() > start && text.charAt(text.length() - 1) == ' ') {
            text.setLength(text.length() - 1);
        }
        text.append('\n');
    }

    private int width(int column) {
        var widest = length(headings.get(column));
        for (var row : rows) {
            widest = Math.max(widest, column < row.size() ? length(row.get(column)) : 0);
        }
        return widest;
    }

    private boolean isNumeric(int column) {
        return !rows.isEmpty()
                && rows.stream()
                        .allMatch(row -> column < row.size()
                                && row.get(column).matches("-?[\\d.,]+([eE]-?\\d+)?( [KMGT]iB| B)?|NULL|-"));
    }

    private static int length(String cell) {
        return cell.codePointCount(0, cell.length());
    }

    private static String oneLine(Object cell) {
        var line = String.valueOf(cell).replace("\r", "").replace('\n', ' ').replace('\t', ' ');
        return length(line) > WIDEST ? line.substring(0, line.offsetByCodePoints(0, WIDEST - 1)) + "…" : line;
    }
}
