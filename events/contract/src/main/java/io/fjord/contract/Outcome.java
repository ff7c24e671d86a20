package io.fjord.contract;

/** What became of a command; carried by the last event of each. */
public enum Outcome {
    ACCEPTED,
    REJECTED,
    NO_EFFECT;

    /** As it stands on the wire and in the journal. */
    public String wire() {
        return switch (this) {
            case ACCEPTED -> "accepted";
            case REJECTED -> "rejected";
            case NO_EFFECT -> "no-effect";
        };
    }

    /** @throws IllegalArgumentException for a word that is none of ours */
    public static Outcome ofWire(String text) {
        for (Outcome outcome : values()) {
            if (outcome.wire().equals(text)) {
                return outcome;
            }
        }
        throw new IllegalArgumentException("No outcome is called '" + text + "'");
    }
}
