package io.fjord.sql.statement;

import io.fjord.contract.Problem;
import io.fjord.sql.result.Column;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a statement stands. Its deadline can end it from both states it can stay in.
 *
 * <pre>
 * Queued ──► Running ──► Finished
 *    │          │
 *    └──────────┴──► Failed, Cancelled, Expired
 * </pre>
 */
sealed interface StatementState {

    /** As it stands in the row and in the API. */
    String label();

    /** It waits or runs. */
    sealed interface Pending extends StatementState {

        @Nullable
        Instant started();

        default Failed failed(Problem problem, Instant now) {
            return new Failed(started(), now, problem);
        }

        default Cancelled cancelled(Instant now) {
            return new Cancelled(started(), now);
        }

        default Expired expired(Instant now) {
            return new Expired(started(), now);
        }
    }

    /** Nothing happens to it any more. */
    sealed interface Ended extends StatementState {

        @Nullable
        Instant started();

        Instant ended();
    }

    record Queued() implements Pending {
        @Override
        public String label() {
            return "queued";
        }

        @Override
        public @Nullable Instant started() {
            return null;
        }

        Running running(long generation, Instant now) {
            return new Running(generation, now);
        }
    }

    /** @param generation of the cluster */
    record Running(long generation, Instant started) implements Pending {
        @Override
        public String label() {
            return "running";
        }

        Finished finished(long rows, long bytes, List<Column> columns, Instant now, Instant resultUntil) {
            return new Finished(started, now, rows, bytes, columns, resultUntil);
        }
    }

    /** @param resultUntil null once the result is gone */
    record Finished(
            Instant started,
            Instant ended,
            long rows,
            long bytes,
            List<Column> columns,
            @Nullable Instant resultUntil) implements Ended {
        @Override
        public String label() {
            return "finished";
        }

        Finished withoutResult() {
            return new Finished(started, ended, rows, bytes, columns, null);
        }
    }

    record Failed(@Nullable Instant started, Instant ended, Problem problem) implements Ended {
        @Override
        public String label() {
            return "failed";
        }
    }

    record Cancelled(@Nullable Instant started, Instant ended) implements Ended {
        @Override
        public String label() {
            return "cancelled";
        }
    }

    record Expired(@Nullable Instant started, Instant ended) implements Ended {
        @Override
        public String label() {
            return "expired";
        }
    }
}
