package io.fjord.contract;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A no, with what to do about it (RFC 9457).
 *
 * @param type {@code /problems/<slug>}; the page of that name under {@code schemas/problems} explains it
 * @param title what kind of no; never varies for a type
 * @param status the HTTP status it is answered with
 * @param detail names the thing and says what to do
 * @param instance the operation it belongs to, if any
 * @param faults every fault of the input, not the first alone
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        @Nullable String instance,
        @JsonProperty("errors") List<Fault> faults) {

    /**
     * One fault of the input.
     *
     * @param pointer JSON pointer into the body (RFC 6901), or the name of the parameter or header
     */
    public record Fault(String pointer, String detail) {}

    public Problem {
        faults = faults == null ? List.of() : List.copyOf(faults);
    }

    public static Problem of(String slug, int status, String title, String detail) {
        return new Problem("/problems/" + slug, title, status, detail, null, List.of());
    }

    public Problem withFaults(List<Fault> all) {
        return new Problem(type, title, status, detail, instance, all);
    }

    public Problem withInstance(String where) {
        return new Problem(type, title, status, detail, where, faults);
    }

    @JsonIgnore
    public String slug() {
        return type.substring(type.lastIndexOf('/') + 1);
    }
}
