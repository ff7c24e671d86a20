package io.fjord.controlpolicies.decision;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refusals as rows, for a month. */
public final class DecisionStore {

    private static final Logger log = LoggerFactory.getLogger(DecisionStore.class);
    private static final Duration KEPT = Duration.ofDays(30);

    private final Database database;

    public DecisionStore(Database database) {
        this.database = database;
    }

    /** The observations it is made of. */
    public static final String REFUSED = "fjord.iam.access.AccessDenied.v1";

    /** A refusal. */
    record Refused(String id, Instant time, String actor, Address resource, Why denied) {}

    /** What an observation tells of it. */
    record Why(
            String action,
            String reason,
            List<String> chain,
            String policyPosition,
            @Nullable String address,
            @Nullable String purpose) {}

    /** Those that stand there already are passed over, and so is what is no refusal. */
    public Future<Void> add(List<EventEnvelope<byte[]>> observations) {
        List<Tuple> rows = new ArrayList<>();
        for (EventEnvelope<byte[]> observation : observations) {
            try {
                Why denied = Json.MAPPER.readValue(observation.data(), Why.class);
                rows.add(Tuple.of(
                        observation.id(),
                        ChronoUnit.MICROS.between(Instant.EPOCH, observation.time()),
                        cut(observation.actor(), 200),
                        cut(observation.subject().toString(), 700),
                        Json.text(denied)));
            } catch (IOException e) {
                log.atWarn().addKeyValue("id", observation.id()).log("An observation is no refusal");
            }
        }
        return rows.isEmpty()
                ? Future.succeededFuture()
                : database.transaction(tx -> tx.insertIfAbsent(
                                "control_policies.decision",
                                List.of("id"),
                                List.of("time_micros", "actor", "resource", "detail"),
                                rows))
                        .mapEmpty();
    }

    private static String cut(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest);
    }

    Future<Optional<Refused>> one(String id) {
        return database.query(
                        "SELECT id, time_micros, actor, resource, detail FROM control_policies.decision WHERE id = ?",
                        id)
                .map(rows -> {
                    if (rows.size() == 0) {
                        return Optional.empty();
                    }
                    Row row = rows.iterator().next();
                    return Optional.of(new Refused(
                            row.getString(0),
                            Instant.EPOCH.plus(row.getLong(1), ChronoUnit.MICROS),
                            row.getString(2),
                            Address.parse(row.getString(3)),
                            Json.read(row.getString(4), Why.class)));
                });
    }

    /** Forgets what is too old. */
    public Future<Void> housekeeping(Instant now) {
        return database.query(
                        "DELETE FROM control_policies.decision WHERE time_micros < ?",
                        ChronoUnit.MICROS.between(Instant.EPOCH, now.minus(KEPT)))
                .mapEmpty();
    }
}
