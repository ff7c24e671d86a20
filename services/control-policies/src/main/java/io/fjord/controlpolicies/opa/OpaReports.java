package io.fjord.controlpolicies.opa;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.controlpolicies.opa.OpaObservation.OpaBundle;
import io.fjord.contract.controlpolicies.opa.OpaObservation.OpaDecided;
import io.fjord.contract.controlpolicies.opa.OpaObservation.OpaDecisionsMissing;
import io.fjord.contract.controlpolicies.opa.OpaObservation.OpaReported;
import io.fjord.controlpolicies.opa.RequestNumbers.Range;
import io.fjord.controlpolicies.opa.RequestNumbers.Seen;
import io.fjord.kernel.Ids;
import io.fjord.platform.kafka.ObservationLog;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Open Policy Agents tell of their decisions and of themselves, handed on to the record. An agent keeps what it was not
 * thanked for and tells it again: each is told under the same id then, and what never comes is told as missing.
 */
public final class OpaReports {

    private static final String TYPE = "fjord.control-policies.opa.";
    private static final Logger log = LoggerFactory.getLogger(OpaReports.class);
    private static final Duration KEPT = Duration.ofDays(30);
    private static final int LONGEST = 1_000;

    private final Database database;
    private final ObservationLog observations;
    private final Clock clock;

    public OpaReports(Database database, ObservationLog observations, Clock clock) {
        this.database = database;
        this.observations = observations;
        this.clock = clock;
    }

    /** @return done when all of it stands on the topic */
    Future<Void> decided(List<JsonNode> decisions) {
        Map<String, SortedSet<Long>> numbers = new TreeMap<>();
        List<Future<Void>> told = new ArrayList<>();
        for (JsonNode decision : decisions) {
            String instance = instance(decision);
            JsonNode number = decision.path("req_id");
            if (number.canConvertToLong() && number.asLong() > 0) {
                numbers.computeIfAbsent(instance, none -> new TreeSet<>()).add(number.asLong());
            }
            told.add(tell(instance, decision));
        }
        Future<Void> all = Future.join(told).mapEmpty();
        for (Map.Entry<String, SortedSet<Long>> one : numbers.entrySet()) {
            all = all.compose(ok -> count(one.getKey(), one.getValue()));
        }
        return all;
    }

    private Future<Void> tell(String instance, JsonNode decision) {
        JsonNode input = decision.path("input");
        JsonNode many = input.path("requests");
        JsonNode first = many.isArray() && !many.isEmpty() ? many.get(0) : input;
        JsonNode result = decision.path("result");
        int allowed = 0;
        if (many.isArray()) {
            for (JsonNode one : result) {
                allowed += one.asBoolean(false) ? 1 : 0;
            }
        } else {
            allowed = result.asBoolean(false) ? 1 : 0;
        }
        String id = cut(decision.path("decision_id").asText(""));
        JsonNode number = decision.path("req_id");
        return observations.tell(
                Ids.of("opa-decision", instance, id, number.asText()),
                TYPE + "OpaDecided.v1",
                subject(instance, first.path("resource")),
                first.path("actor").isTextual() ? first.path("actor").asText() : "service:opa",
                null,
                new OpaDecided(
                        instance,
                        id,
                        cut(decision.path("path").asText("")),
                        text(first.path("action")),
                        many.isArray() ? many.size() : 1,
                        allowed,
                        number.canConvertToLong() ? number.asLong() : null,
                        text(decision.at("/bundles/fjord/revision")),
                        text(decision.at("/error/message"))));
    }

    private static Address subject(String instance, JsonNode resource) {
        String domain = resource.path("domain").asText();
        String kind = resource.path("kind").asText();
        String name = resource.path("name").asText();
        return domain.isEmpty() || kind.isEmpty() || name.isEmpty() || (domain + kind).indexOf('/') >= 0
                ? agent(instance)
                : new Address(domain, kind, name);
    }

    private static Address agent(String instance) {
        return new Address("platform", "opa", instance);
    }

    /** A gap is told before the numbers move on: if that fails, the agent tells all of it again. */
    private Future<Void> count(String instance, SortedSet<Long> numbers) {
        return database.transaction(tx -> row(tx, instance).compose(row -> {
            RequestNumbers before = RequestNumbers.of(row.getLong("highest"), row.getString("awaited"));
            Seen seen = before.with(numbers);
            List<Future<Void>> told = new ArrayList<>();
            for (Range gap : seen.gaps()) {
                log.atWarn()
                        .addKeyValue("instance", instance)
                        .addKeyValue("from", gap.from())
                        .addKeyValue("to", gap.to())
                        .log("An Open Policy Agent has not told of some requests");
                told.add(observations.tell(
                        Ids.of("opa-gap", instance, gap.from() + "-" + gap.to()),
                        TYPE + "OpaDecisionsMissing.v1",
                        agent(instance),
                        "service:opa",
                        null,
                        new OpaDecisionsMissing(instance, gap.from(), gap.to())));
            }
            return Future.join(told)
                    .compose(ok -> tx.query(
                            "UPDATE control_policies.opa_instance SET highest = ?, awaited = ?, seen_micros = ?"
                                    + " WHERE id = ?",
                            seen.now().highest(),
                            seen.now().awaitedJson(),
                            micros(clock.instant()),
                            instance))
                    .mapEmpty();
        }));
    }

    private Future<Row> row(SqlTx tx, String instance) {
        return tx.insertIfAbsent(
                        "control_policies.opa_instance",
                        List.of("id"),
                        List.of("highest", "awaited", "status", "seen_micros"),
                        List.of(Tuple.of(instance, 0L, "[]", "", micros(clock.instant()))))
                .compose(ok -> tx.query(
                        "SELECT highest, awaited, status FROM control_policies.opa_instance WHERE id = ? FOR UPDATE",
                        instance))
                .map(rows -> rows.iterator().next());
    }

    /** Told if it is another than the last time. */
    Future<Void> status(JsonNode status) {
        OpaReported reported = reported(status);
        String digest = Ids.sha256(Json.bytes(reported));
        return database.transaction(tx -> row(tx, reported.instance()).compose(row -> {
            Future<Void> told = row.getString("status").equals(digest)
                    ? Future.succeededFuture()
                    : observations.tell(
                            Ids.next(),
                            TYPE + "OpaReported.v1",
                            agent(reported.instance()),
                            "service:opa",
                            null,
                            reported);
            return told.compose(ok -> tx.query(
                            "UPDATE control_policies.opa_instance SET status = ?, seen_micros = ? WHERE id = ?",
                            digest,
                            micros(clock.instant()),
                            reported.instance()))
                    .mapEmpty();
        }));
    }

    private static OpaReported reported(JsonNode status) {
        List<OpaBundle> bundles = new ArrayList<>();
        status.path("bundles")
                .properties()
                .forEach(bundle -> bundles.add(new OpaBundle(
                        cut(bundle.getKey()),
                        text(bundle.getValue().path("active_revision")),
                        text(bundle.getValue().path("message")))));
        long[] dropped = {0};
        status.at("/metrics/prometheus").properties().forEach(metric -> {
            if (metric.getKey().startsWith("counter_decision_logs_")
                    && metric.getKey().contains("dropped")
                    && metric.getValue().canConvertToLong()) {
                dropped[0] += metric.getValue().asLong();
            }
        });
        return new OpaReported(
                instance(status),
                text(status.at("/labels/version")),
                bundles,
                dropped[0],
                text(status.at("/decision_logs/message")));
    }

    /** An instance is named by whoever started it; what would be no address is named by its digest. */
    private static String instance(JsonNode told) {
        String id = told.at("/labels/id").asText("unknown");
        return Address.NAME.matcher(id).matches()
                ? id
                : Ids.sha256(id.getBytes(StandardCharsets.UTF_8)).substring(0, 40);
    }

    /** Forgets agents that are gone. */
    public Future<Void> housekeeping(Instant now) {
        return database.query(
                        "DELETE FROM control_policies.opa_instance WHERE seen_micros < ?", micros(now.minus(KEPT)))
                .mapEmpty();
    }

    private static @Nullable String text(JsonNode value) {
        return value.isTextual() && !value.asText().isEmpty() ? cut(value.asText()) : null;
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }
}
