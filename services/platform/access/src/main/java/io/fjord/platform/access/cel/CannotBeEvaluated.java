package io.fjord.platform.access.cel;

/** A condition that met something it cannot answer: an attribute that is not there, a type that does not fit. */
public final class CannotBeEvaluated extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CannotBeEvaluated(String message) {
        super(message, null, false, false);
    }
}
