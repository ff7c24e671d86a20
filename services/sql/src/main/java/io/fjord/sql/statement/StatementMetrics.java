package io.fjord.sql.statement;

import io.fjord.sql.result.Spool;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/** What Prometheus is told about statements. */
public final class StatementMetrics {

    private final MeterRegistry registry;
    private final Timer seconds;

    public StatementMetrics(MeterRegistry registry, Spool spool) {
        this.registry = registry;
        this.seconds = Timer.builder("fjord_sql_statement_seconds")
                .description("from submission to the end of statements")
                .publishPercentileHistogram(false)
                .register(registry);
        Gauge.builder("fjord_sql_spool_bytes", spool, Spool::used)
                .description("results on disk")
                .register(registry);
    }

    void ended(Statement statement) {
        Counter.builder("fjord_sql_statements")
                .description("statements that have ended, by how")
                .tag("state", statement.state().label())
                .register(registry)
                .increment();
        if (statement.state() instanceof StatementState.Ended end) {
            seconds.record(Duration.between(statement.submitted(), end.ended()));
        }
    }
}
