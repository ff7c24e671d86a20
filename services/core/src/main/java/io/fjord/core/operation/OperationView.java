package io.fjord.core.operation;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The progress of one command as the API shows it (long-running operation). */
@JsonInclude(JsonInclude.Include.NON_NULL)
record OperationView(
        String id,
        String state,
        String domain,
        String subject,
        @Nullable String command,
        String actor,
        String correlationId,
        Instant submittedAt,
        @Nullable String outcome,
        @Nullable Position position,
        @Nullable Instant decidedAt,
        @Nullable String reason,
        @Nullable Problem problem) {

    static final String PENDING = "pending";
    static final String DONE = "done";
    static final String REJECTED = "rejected";
}
