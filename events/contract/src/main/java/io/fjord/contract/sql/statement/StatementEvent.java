package io.fjord.contract.sql.statement;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * All that can have happened to a SQL statement. The text and what Spark says about it stay in the service's own row: both
 * can hold personal data, and neither is ever on a topic.
 */
public sealed interface StatementEvent {

    <R> R match(Cases<R> cases);

    /**
     * @param cluster name of the cluster it is for, in the subject's domain
     * @param kind the first keyword, one of a closed list: {@code select}, {@code merge}, …, {@code other}
     * @param digest SHA-256 (hex) of the text
     * @param length characters of the text
     * @param parameters how many values are bound to it
     * @param deadline it expires if it has not ended by then
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record StatementSubmitted(
            String cluster,
            String kind,
            String digest,
            int length,
            int parameters,
            @Nullable String catalog,
            @Nullable String namespace,
            Instant deadline)
            implements StatementEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param generation of the cluster it runs on */
    record StatementStarted(long generation) implements StatementEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * @param bytes of its result as an Arrow stream
     * @param durationMillis from start to end
     * @param resultUntil its result is kept no longer
     */
    record StatementFinished(long rows, long bytes, long durationMillis, Instant resultUntil)
            implements StatementEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * It could not be run to its end; why in words is in the statement itself.
     *
     * @param problem type of the problem: {@code /problems/sql-error}
     * @param status of the problem
     * @param sqlState five characters, where the cluster said so
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record StatementFailed(
            String problem, int status, @Nullable String sqlState) implements StatementEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param reason {@code requested}: somebody asked for it */
    record StatementCancelled(String reason) implements StatementEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Its deadline passed before it ended. */
    record StatementExpired() implements StatementEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param reason {@code age}, {@code space} or {@code lost} */
    record StatementResultDropped(String reason) implements StatementEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(StatementSubmitted event);

        R on(StatementStarted event);

        R on(StatementFinished event);

        R on(StatementFailed event);

        R on(StatementCancelled event);

        R on(StatementExpired event);

        R on(StatementResultDropped event);
    }
}
