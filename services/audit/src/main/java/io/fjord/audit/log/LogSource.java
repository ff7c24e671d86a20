package io.fjord.audit.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Where the files of a log are read: a folder, an object store, a server. From several threads at once. */
public interface LogSource {

    String CHECKPOINT = "checkpoint";

    /** @return null if there is none */
    byte @Nullable [] read(String path) throws IOException;

    /** The file of an entry that is too long for its place in a bundle. */
    static String whole(String sha256) {
        return "whole/" + sha256;
    }

    /** The tile; of the full one, where that has taken its place, as much as was asked for. */
    default byte @Nullable [] read(Tile tile) throws IOException {
        byte[] there = read(tile.path());
        if (there != null || tile.isFull()) {
            return there;
        }
        byte[] full = read(tile.full().path());
        if (full == null) {
            return null;
        }
        return tile.level() == Tile.ENTRIES
                ? Bundle.first(full, tile.width())
                : java.util.Arrays.copyOf(full, Math.min(full.length, tile.width() * Merkle.HASH_BYTES));
    }
}
