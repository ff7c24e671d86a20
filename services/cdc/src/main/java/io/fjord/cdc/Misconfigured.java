package io.fjord.cdc;

/** The database is set so that no relay can work; the message says what to set. */
public final class Misconfigured extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Misconfigured(String whatToSet) {
        super(whatToSet, null, false, false);
    }
}
