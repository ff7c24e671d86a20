package io.fjord.audit;

/** The record, the tiles and the checkpoint tell different stories; nothing is sealed until a person has looked. */
final class LogBroken extends RuntimeException {

    private static final long serialVersionUID = 1L;

    LogBroken(String message) {
        super(message, null, false, false);
    }
}
