package io.fjord.audit.log;

/**
 * Something that is not as it must be in a log.
 *
 * @param where in which file, or at which entry
 * @param what in words
 */
public record Finding(Check check, String where, String what) {

    /** All that is looked at. */
    public enum Check {
        /** Every file is there and can be read. */
        FILES,
        /** A bundle holds as many entries as it should and nothing else. */
        BUNDLES,
        /** Each entry has the number of its place. */
        NUMBERS,
        /** The hashes of the entries are those in the lowest tiles. */
        LEAVES,
        /** The hashes of tiles are those in the tiles above. */
        TILES,
        /** All entries together have the root of the checkpoint. */
        ROOT,
        /** The checkpoint is signed with the log's key. */
        SIGNATURE,
        /** Enough witnesses saw it. */
        WITNESSES,
        /** The log has not become shorter than it was known to be. */
        SHORTENED,
        /** The log still begins as it was known to. */
        FORKED,
        /** Entries that are too long for their place are what is said of them there. */
        WHOLE
    }

    @Override
    public String toString() {
        return where + ": " + what;
    }
}
