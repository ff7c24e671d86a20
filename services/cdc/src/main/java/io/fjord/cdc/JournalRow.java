package io.fjord.cdc;

import io.fjord.codec.Clearances;
import io.fjord.contract.Address;
import io.fjord.contract.Clearance;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** A row of a journal as the event it is, from a query or from the stream: both give the same bytes. */
final class JournalRow {

    static final String COLUMNS =
            "epoch, n, id, type, subject, version, actor, correlation_id, causation_id, command_id,"
                    + " outcome, command_digest, traceparent, time_micros, data, policy_position, warnings";

    private JournalRow() {}

    static EventEnvelope<byte[]> of(String service, ResultSet row) throws SQLException {
        long version = row.getLong("version");
        boolean unversioned = row.wasNull();
        return event(
                service,
                row.getLong("epoch"),
                row.getLong("n"),
                row.getString("id"),
                row.getString("type"),
                row.getString("subject"),
                unversioned ? null : version,
                row.getString("actor"),
                row.getString("correlation_id"),
                row.getString("causation_id"),
                row.getString("command_id"),
                row.getString("outcome"),
                row.getString("command_digest"),
                row.getString("traceparent"),
                row.getLong("time_micros"),
                row.getString("data"),
                Clearances.of(row.getString("policy_position"), row.getString("warnings")));
    }

    static EventEnvelope<byte[]> of(String service, Struct row) {
        return event(
                service,
                row.getInt64("epoch"),
                row.getInt64("n"),
                row.getString("id"),
                row.getString("type"),
                row.getString("subject"),
                row.getInt64("version"),
                row.getString("actor"),
                row.getString("correlation_id"),
                row.getString("causation_id"),
                row.getString("command_id"),
                row.getString("outcome"),
                row.getString("command_digest"),
                row.getString("traceparent"),
                row.getInt64("time_micros"),
                row.getString("data"),
                Clearances.of(added(row, "policy_position"), added(row, "warnings")));
    }

    /** Of a column that rows in an older part of the log do not have. */
    private static @Nullable String added(Struct row, String column) {
        return row.schema().field(column) == null ? null : row.getString(column);
    }

    private static EventEnvelope<byte[]> event(
            String service,
            long epoch,
            long n,
            String id,
            String type,
            String subject,
            @Nullable Long version,
            String actor,
            String correlationId,
            @Nullable String causationId,
            @Nullable String commandId,
            @Nullable String outcome,
            @Nullable String commandDigest,
            @Nullable String traceparent,
            long timeMicros,
            String data,
            Clearance clearance) {
        return new EventEnvelope<>(
                id,
                type,
                service,
                Instant.EPOCH.plus(timeMicros, ChronoUnit.MICROS),
                Address.parse(subject),
                new Position(epoch, n),
                version,
                actor,
                correlationId,
                causationId,
                commandId,
                outcome == null ? null : Outcome.ofWire(outcome),
                commandDigest,
                traceparent,
                clearance,
                Objects.requireNonNull(data, "data").getBytes(StandardCharsets.UTF_8));
    }
}
