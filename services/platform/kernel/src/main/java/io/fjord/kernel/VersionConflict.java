package io.fjord.kernel;

/** A row had another version than the one that was read: roll back and decide again. */
public final class VersionConflict extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public VersionConflict(String message) {
        super(message, null, false, false);
    }
}
