package io.fjord.contract.core.cluster;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a setting of a cluster is: a text, or the name of a secret of its domain that holds it. In JSON {@code "text"} or
 * <code>{"secret": "name"}</code>.
 */
public record ConfigValue(@Nullable String text, @Nullable String secret) {

    public static ConfigValue text(String text) {
        return new ConfigValue(text, null);
    }

    public static ConfigValue secret(String name) {
        return new ConfigValue(null, name);
    }

    /** @throws IllegalArgumentException if it is neither */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static ConfigValue of(Object json) {
        if (json instanceof String text) {
            return text(text);
        }
        if (json instanceof Map<?, ?> fields && fields.get("secret") instanceof String name) {
            return secret(name);
        }
        throw new IllegalArgumentException("A setting is a text or {\"secret\": \"name\"}");
    }

    @JsonValue
    Object json() {
        return secret == null ? String.valueOf(text) : Map.of("secret", secret);
    }
}
