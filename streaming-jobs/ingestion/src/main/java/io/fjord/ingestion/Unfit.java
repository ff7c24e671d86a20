package io.fjord.ingestion;

/** A record that does not fit the table, and why. */
public final class Unfit extends Exception {

    private static final long serialVersionUID = 1L;

    public Unfit(String why) {
        super(why, null, false, false);
    }
}
