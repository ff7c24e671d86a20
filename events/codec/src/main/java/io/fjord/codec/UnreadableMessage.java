package io.fjord.codec;

/** A record on a topic that nobody can read; it goes to the dead letters. */
public final class UnreadableMessage extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public UnreadableMessage(String message) {
        super(message);
    }

    public UnreadableMessage(String message, Throwable cause) {
        super(message, cause);
    }
}
