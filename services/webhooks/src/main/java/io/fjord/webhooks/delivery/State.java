package io.fjord.webhooks.delivery;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What became of an event for a subscription, as far as that is known. */
enum State {
    DELIVERED,
    /** It is tried again when it is due. */
    RETRYING,
    /** Given up; it stays, to be sent again when somebody wishes that. */
    DEAD;

    @JsonValue
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static State of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
