package io.fjord.gateway;

/**
 * How much one caller may ask of the gateway.
 *
 * @param perSecond requests a second, on average
 * @param burst requests at one moment after a while of silence
 * @param atOnce requests and streams that are not answered to their end
 */
public record Limits(int perSecond, int burst, int atOnce) {

    /** No one caller can ask as much through one gateway; who shares it with others sets less. */
    public static final Limits DEFAULT = new Limits(20_000, 40_000, 10_000);

    public Limits {
        if (perSecond < 1 || burst < 1 || atOnce < 1) {
            throw new IllegalArgumentException("A limit of less than one lets nobody in");
        }
    }
}
