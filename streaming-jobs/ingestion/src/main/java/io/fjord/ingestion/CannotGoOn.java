package io.fjord.ingestion;

/** Nothing will be better the next time: somebody has to look. */
public final class CannotGoOn extends Exception {

    private static final long serialVersionUID = 1L;

    public CannotGoOn(String why) {
        super(why);
    }
}
