package io.fjord.kernel;

/** One partition of a command topic. */
public record Partition(String topic, int number) {
    @Override
    public String toString() {
        return topic + "-" + number;
    }
}
