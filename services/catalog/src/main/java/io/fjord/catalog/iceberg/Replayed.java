package io.fjord.catalog.iceberg;

/** The same request was carried out before, under the same key; nothing was written this time. */
final class Replayed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Replayed() {
        super("carried out before", null, false, false);
    }
}
