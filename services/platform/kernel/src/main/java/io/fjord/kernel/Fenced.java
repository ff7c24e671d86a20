package io.fjord.kernel;

/** Another handler has taken over the partition: this one must stop. */
public final class Fenced extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public Fenced(String message) {
        super(message, null, false, false);
    }
}
