package io.fjord.contract;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * Where a command was wished; each null where it is not known.
 *
 * @param address of the caller, in digits
 * @param purpose what the caller says it is for
 * @param token name of the personal access token that was used, of the domain {@code platform}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Origin(
        @Nullable String address,
        @Nullable String purpose,
        @Nullable String token) {

    public static final int LONGEST_PURPOSE = 200;

    public static final Origin UNKNOWN = new Origin(null, null, null);
}
