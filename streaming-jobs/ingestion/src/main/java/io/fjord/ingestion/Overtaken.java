package io.fjord.ingestion;

/** Another process wrote for the same pipeline first; what this one has read is thrown away. */
public final class Overtaken extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean forGood;

    /** @param forGood by a later start of the pipeline */
    public Overtaken(boolean forGood) {
        super(forGood ? "A later start of the pipeline writes" : "Another process of the pipeline wrote first");
        this.forGood = forGood;
    }

    boolean isForGood() {
        return forGood;
    }
}
