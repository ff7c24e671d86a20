package io.fjord.launcher.cli;

import java.util.Locale;

/** Bytes as people read them. */
final class Sizes {

    private Sizes() {}

    static String of(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        var units = "KMGT";
        double size = bytes;
        int unit = -1;
        while (size >= 1024 && unit < units.length() - 1) {
            size /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, size < 10 ? "%.1f %ciB" : "%.0f %ciB", size, units.charAt(unit));
    }
}
