package io.fjord.contract;

/** The names of the topics, in one place. */
public final class Topics {

    /** Each service's highest position, published by the relay every few seconds; compacted, keyed by service. */
    public static final String HIGH_WATER = "fjord.high-water";

    /** The entries of the audit as they were hashed, keyed by their numbers; one partition, in that order. */
    public static final String AUDIT_LOG = "fjord.audit.log";

    private Topics() {}

    public static String commands(String service) {
        return "fjord." + service + ".commands";
    }

    /** One partition, in position order. */
    public static String events(String service) {
        return "fjord." + service + ".events";
    }

    public static String observations(String service) {
        return "fjord." + service + ".observations";
    }

    /** The events of an event stream. */
    public static String stream(Address stream) {
        return "fjord.stream." + stream.domain() + "." + stream.name();
    }

    public static String deadLetters(String topic) {
        return topic + ".dlt";
    }
}
