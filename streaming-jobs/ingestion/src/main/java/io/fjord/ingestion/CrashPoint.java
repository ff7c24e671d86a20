package io.fjord.ingestion;

import org.jspecify.annotations.Nullable;

/**
 * Places where a test lets the process die as if by kill -9. Set {@code FJORD_PIPELINE_CRASH_AT=<name>[:<nth time>]};
 * without it they do nothing.
 */
enum CrashPoint {
    AFTER_ANCHOR,
    BETWEEN_FILES_AND_COMMIT,
    AFTER_COMMIT;

    private static final @Nullable String AT = System.getenv("FJORD_PIPELINE_CRASH_AT");
    private int passed;

    void here() {
        if (AT == null) {
            return;
        }
        String[] parts = AT.split(":", 2);
        if (!parts[0].equals(name())) {
            return;
        }
        synchronized (this) {
            if (++passed == (parts.length == 1 ? 1 : Integer.parseInt(parts[1]))) {
                Runtime.getRuntime().halt(137);
            }
        }
    }
}
