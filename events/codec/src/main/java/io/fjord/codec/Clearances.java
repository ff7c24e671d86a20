package io.fjord.codec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.fjord.contract.Clearance;
import io.fjord.contract.Clearance.Warning;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A clearance as two texts, as it stands beside events: the position, and the warnings as a JSON array. */
public final class Clearances {

    private static final TypeReference<List<Warning>> WARNINGS = new TypeReference<>() {};

    private Clearances() {}

    /** @return null for none */
    public static @Nullable String warnings(Clearance clearance) {
        return clearance.warnings().isEmpty() ? null : Json.text(clearance.warnings());
    }

    /** @throws IllegalArgumentException if the warnings are not what {@link #warnings} wrote */
    public static Clearance of(@Nullable String policyPosition, @Nullable String warnings) {
        if (policyPosition == null && warnings == null) {
            return Clearance.NONE;
        }
        try {
            return new Clearance(
                    policyPosition, warnings == null ? List.of() : Json.MAPPER.readValue(warnings, WARNINGS));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("The warnings of an event cannot be read", e);
        }
    }
}
