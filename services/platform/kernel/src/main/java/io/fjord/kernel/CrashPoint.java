package io.fjord.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Places where a test lets the process die as if by kill -9. Set {@code FJORD_CRASH_AT=<name>[:<nth time>]}; without it
 * they do nothing.
 */
public enum CrashPoint {
    BEFORE_DATABASE_COMMIT,
    AFTER_DATABASE_COMMIT,
    BETWEEN_PRODUCE_AND_REPLY,
    BETWEEN_RELAY_SEND_AND_ITS_POSITION,
    WHILE_A_DRIVER_STARTS,
    BEFORE_METADATA_FILE,
    BETWEEN_FILES_AND_TABLE_COMMIT,
    WITHIN_CATALOG_COMMIT,
    BETWEEN_CATALOG_COMMIT_AND_REPLY,
    BETWEEN_TILES_AND_CHECKPOINT,
    BETWEEN_CHECKPOINT_AND_ITS_FILE,
    BETWEEN_ACK_AND_ANSWER,
    BETWEEN_DELIVERY_AND_ITS_RECORD,
    BETWEEN_DELIVERY_AND_ITS_ROW;

    private static final @Nullable String AT = System.getenv("FJORD_CRASH_AT");
    private int passed;

    public void here() {
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
